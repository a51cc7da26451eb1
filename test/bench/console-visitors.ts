// Started by console-stream.ts: pages that are open, without the browsers. Each holds an event stream and, if it is told to, asks
// again for what it shows as the page does. Ends with its parent.
// Usage: node test/bench/console-visitors.ts ENDPOINT COOKIE COUNT streams|pages [JOB]
import { aVisitor } from '../local/console/a-visitor.ts';

const [endpoint = '', cookie = '', count = '20', kind = 'streams', jobId = ''] = process.argv.slice(2);
const PAUSE_MS = 500;

async function open(): Promise<void> {
  const visitor = aVisitor(endpoint, cookie);
  const follow = jobId === '' ? '' : `?follow=${jobId}`;
  const stream = await visitor.stream(`/_console/events${follow}`);
  let changed = false;
  stream.on('data', () => (changed = true));
  if (kind !== 'pages') return;
  setInterval(() => {
    if (!changed) return;
    changed = false;
    void visitor.get(`/_console/jobs/${jobId}`);
  }, PAUSE_MS);
}

process.on('disconnect', () => process.exit());
await Promise.all(Array.from({ length: Number(count) }, open));
process.send?.('open');

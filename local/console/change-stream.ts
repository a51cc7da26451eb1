// GET /_console/events: changes as server-sent events, for one page. A page that reads slowly is told in larger steps; one that
// was away too long is told so, and loads everything again.
import type { ServerResponse } from 'node:http';
import type { Changes, Interest } from './changes.ts';
import { SECURITY_HEADERS } from './guard.ts';
import type { ChangesMessage } from '../../api/console/wire.ts';

const KEEP_ALIVE_MS = 15_000;

/** `after`: the last event the page knows of; absent: it knows what is there now. Resolves when the page has left. */
export function streamChanges(
  changes: Changes,
  response: ServerResponse,
  interest: Interest,
  after: number | undefined,
): Promise<void> {
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
  });
  let told = after ?? changes.lastSeq();
  let isSlow = false;

  const write = (event: string, seq: number, message: object): void => {
    told = seq;
    isSlow = !response.write(`id: ${seq}\nevent: ${event}\ndata: ${JSON.stringify(message)}\n\n`);
  };
  const catchUp = (): void => {
    const missed = changes.since(told, interest);
    if (!missed) write('lost', changes.lastSeq(), {});
    else if (isWorthTelling(missed.message)) write('changes', missed.seq, missed.message);
  };

  write('hello', told, {});
  catchUp();
  const stop = changes.listen({
    interest,
    hear(message, seq) {
      // What a slow page does not hear now is in what it catches up with.
      if (!isSlow && seq > told && isWorthTelling(message)) write('changes', seq, message);
    },
  });
  response.on('drain', () => {
    isSlow = false;
    catchUp();
  });
  const alive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
  return new Promise((resolve) => {
    response.once('close', () => {
      clearInterval(alive);
      stop();
      resolve();
    });
  });
}

function isWorthTelling({ jobs, parts, wholes }: ChangesMessage): boolean {
  return jobs.length + parts.length + wholes.length > 0;
}

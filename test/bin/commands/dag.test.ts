// `slipway dag`: a drawing that fits, and the answer as it came.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { widthOf } from '../../../bin/text-width.ts';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { aJob, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
let first: string;
beforeEach(async () => {
  fake = await startFakeServer();
  const [fetched, trained] = [aJob({ jobName: 'fetch' }), aJob({ jobName: 'train' })];
  fake.jobs.push(fetched, trained);
  first = fetched.jobId ?? '';
  fake.answers.set(`/_slipway/jobs/${first}/graph`, () => ({
    jobId: first,
    nodes: [
      { jobId: first, jobName: 'fetch', status: 'SUCCEEDED', createdAtMs: 1 },
      {
        jobId: trained.jobId,
        jobName: 'train-with-a-name-that-is-longer-than-any-screen',
        status: 'PENDING',
        createdAtMs: 2,
        array: { size: 100, succeeded: 4, failed: 0 },
      },
    ],
    edges: [{ from: first, to: trained.jobId, kind: 'SUCCESS' }],
    more: true,
  }));
});
afterEach(() => fake.close());

const slipway = (args: readonly string[], columns?: number): Promise<Shown> =>
  captureCli(args, { env: environmentOf(fake), ...(columns === undefined ? {} : { columns }) });

describe('slipway dag', () => {
  test('draws every job with its state, and says that there are more', async () => {
    const { code, out, err } = await slipway(['dag', 'fetch']);
    expect(code).toBe(0);
    expect(out).toMatch(/^fetch +SUCCEEDED {2}[0-9a-f]{8}$/m);
    expect(out).toMatch(/^↓ train-with-a-name.* PENDING {4}[0-9a-f]{8} {2}4 of 100 done$/m);
    expect(err).toContain('these are the 2 nearest');
  });

  test.each([40, 60, 120])('fits a screen of %i columns', async (columns) => {
    const { out } = await slipway(['dag', first], columns);
    for (const line of out.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(out).toContain('PENDING');
  });

  test('prints nodes and edges with --json', async () => {
    const { nodes, edges, more } = JSON.parse((await slipway(['dag', first, '--json'])).out);
    expect([nodes.length, edges.length, more]).toEqual([2, 1, true]);
  });
});

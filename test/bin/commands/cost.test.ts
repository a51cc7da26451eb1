// `slipway cost`: the figures, what they rest on, and a table that fits.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { widthOf } from '../../../bin/text-width.ts';
import { captureCli, environmentOf, type Shown } from '../capture-cli.ts';
import { aJob, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

const onFargate = { environment: 'fargate', basis: 'the list price of Fargate, a minute at least' };

function answers(more: object): string {
  const job = aJob({ jobName: 'render', status: 'SUCCEEDED' });
  fake.jobs.push(job);
  const { jobId = '' } = job;
  fake.answers.set(`/_slipway/jobs/${jobId}/cost`, () => ({
    jobId,
    jobName: 'render',
    status: 'SUCCEEDED',
    usd: 0.1481,
    isFinal: true,
    attempts: [],
    attemptCount: 2,
    parts: [{ ...onFargate, attempts: 2, seconds: 10_800, usd: 0.1481 }],
    prices: { asOf: '2025-11', region: 'us-east-1' },
    ...more,
  }));
  return jobId;
}

const slipway = (args: readonly string[], columns?: number): Promise<Shown> =>
  captureCli(args, { env: environmentOf(fake), ...(columns === undefined ? {} : { columns }) });

describe('slipway cost', () => {
  test('lists attempts, their basis and the date of the prices', async () => {
    const jobId = answers({
      attempts: [
        { ...onFargate, attempt: 1, seconds: 3_600, isUnderWay: false, usd: 0.04937 },
        { ...onFargate, attempt: 2, seconds: 7_200, isUnderWay: false, usd: 0.09874 },
      ],
    });
    const { code, out } = await slipway(['cost', jobId]);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      `${jobId.slice(0, 8)} render SUCCEEDED: $0.148`,
      'ATTEMPT  WHERE    TIME   COST',
      '1        fargate  1h00m  $0.0494',
      '2        fargate  2h00m  $0.0987',
      '  fargate: the list price of Fargate, a minute at least',
      '  List prices of us-east-1, 2025-11: an estimate, not a bill.',
      '',
    ]);
  });

  test('sums up an array that still runs', async () => {
    const jobId = answers({ status: 'PENDING', isFinal: false, childrenPriced: 2 });
    const { out } = await slipway(['cost', jobId]);
    expect(out).toContain('render PENDING: $0.148 so far\n');
    expect(out).toMatch(/^2 +fargate +3h00m +\$0\.148$/m);
  });

  test('says of a machine of one’s own what AWS would take', async () => {
    const inAws = { usd: 0.1481, basis: 'the list price of Fargate, a minute at least' };
    const part = {
      environment: 'local',
      basis: 'on a machine of yours',
      attempts: 1,
      seconds: 60,
      usd: 0,
      inAws,
    };
    const jobId = answers({ usd: 0, usdInAws: 0.1481, parts: [part] });
    const { out } = await slipway(['cost', jobId]);
    expect(out).toContain('SUCCEEDED: $0; in AWS it would be $0.148\n');
    expect(out).toContain('  in AWS: the list price of Fargate, a minute at least\n');
  });

  test('says that a job has not begun', async () => {
    const jobId = answers({ usd: 0, attemptCount: 0, parts: [] });
    expect((await slipway(['cost', jobId])).out).toContain('It has not begun to run.');
  });

  test.each([40, 60, 100])('fits a screen of %i columns', async (columns) => {
    const { out } = await slipway(['cost', answers({})], columns);
    for (const line of out.split('\n').slice(1)) expect(widthOf(line)).toBeLessThanOrEqual(columns);
  });

  test('prints the answer as it came with --json', async () => {
    const jobId = answers({});
    expect(JSON.parse((await slipway(['cost', jobId, '--json'])).out)).toMatchObject({ jobId, usd: 0.1481 });
  });
});

// The bundles as they are deployed: small enough, and able to start.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLambdas } from '../../scripts/build-lambdas.mjs';
import { FUNCTIONS } from '../../lambdas/registry.ts';

const outdir = mkdtempSync(join(tmpdir(), 'slipway-bundles-'));
let built: Awaited<ReturnType<typeof buildLambdas>> = [];
beforeAll(async () => {
  built = await buildLambdas({ outdir });
});
afterAll(() => rmSync(outdir, { recursive: true }));

const ENVIRONMENT = {
  SLIPWAY_JOBS_TABLE: 'jobs',
  SLIPWAY_QUEUES_TABLE: 'queues',
  SLIPWAY_JOB_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:job',
  SLIPWAY_MULTI_NODE_JOB_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:multi',
  SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE: 'arn:aws:states:us-east-1:123456789012:stateMachine:ce',
  SLIPWAY_SCHEDULE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/schedule.fifo',
  SLIPWAY_RESOURCE_QUEUE_URL: 'https://sqs.us-east-1.amazonaws.com/123456789012/resource',
  SLIPWAY_EVENT_BUS: 'default',
  SLIPWAY_LOG_GROUP: '/aws/batch/job',
  SLIPWAY_RETENTION_DAYS: '30',
  SLIPWAY_ACCOUNT: '123456789012',
  AWS_REGION: 'us-east-1',
};

describe('the bundles', () => {
  it('are one for each function', () => {
    expect(built.map(({ name }) => name).sort()).toEqual(FUNCTIONS.map(({ name }) => name).sort());
  });

  it('let the API start with at most 400 KB', () => {
    expect(built.find(({ name }) => name === 'api')?.bytes).toBeLessThanOrEqual(400_000);
  });

  it('start, and the API answers a caller without an identity', async () => {
    const entries = Object.fromEntries(
      FUNCTIONS.map(({ name }) => [name, pathToFileURL(join(outdir, `${name}.mjs`)).href]),
    );
    const program = `
      const handlers = {};
      for (const [name, url] of Object.entries(${JSON.stringify(entries)})) handlers[name] = (await import(url)).handler;
      const answer = await handlers.api({
        rawPath: '/v1/describejobs', rawQueryString: '', headers: {}, body: '{}', isBase64Encoded: false,
        requestContext: { http: { method: 'POST' } },
      });
      console.log(JSON.stringify({ kinds: [...new Set(Object.values(handlers).map((one) => typeof one))], answer }));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      env: ENVIRONMENT,
    });
    const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object; // printed by the program above
    expect(told).toMatchObject({ kinds: ['function'], answer: { statusCode: 403 } });
  });
});

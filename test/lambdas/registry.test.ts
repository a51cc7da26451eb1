import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { STARTED_BY_PREFIX } from '../../adapters/ecs/started-by.ts';
import { ConfigError, readConfig } from '../../lambdas/config.ts';
import type { FunctionEntry } from '../../lambdas/registry.ts';
import { FUNCTIONS, SETTINGS, TASK_PREFIX } from '../../lambdas/registry.ts';

const entries: readonly FunctionEntry[] = FUNCTIONS;

const ENVIRONMENT: Readonly<Record<string, string>> = {
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

describe('the list of functions', () => {
  it('names exactly the entry points that are there', () => {
    const files = readdirSync(join(import.meta.dirname, '../../lambdas/handlers'));
    expect(entries.map(({ name }) => `${name}.ts`).sort()).toEqual(files.sort());
  });

  it.each(entries.map((entry) => [entry.name, entry] as const))(
    'keeps %s within its limits',
    (name, entry) => {
      expect(entry.memoryMiB).toBeLessThanOrEqual(1_024);
      expect(entry.timeoutSeconds).toBeLessThanOrEqual(name === 'reconcile' ? 60 : 30);
      expect(new Set(entry.environment).size).toBe(entry.environment.length);
    },
  );

  it('asks for no setting that nobody reads, and reads none that nobody asks for', () => {
    expect([...new Set(entries.flatMap(({ environment }) => environment))].sort()).toEqual(
      [...SETTINGS].sort(),
    );
  });

  it('lets through the events of our own tasks', () => {
    expect(TASK_PREFIX).toBe(STARTED_BY_PREFIX);
  });
});

describe('a function’s configuration', () => {
  it('holds what the function needs, and nothing else', () => {
    expect(readConfig('observe', ENVIRONMENT)).toEqual({
      jobsTable: 'jobs',
      queuesTable: 'queues',
      retentionMs: 30 * 86_400_000,
      account: '123456789012',
      region: 'us-east-1',
    });
  });

  it('leaves out what is switched off', () => {
    expect(readConfig('api', ENVIRONMENT)).not.toHaveProperty('accessKeysSecretPrefix');
    const on = { ...ENVIRONMENT, SLIPWAY_ACCESS_KEYS_SECRET_PREFIX: 'slipway/keys/' };
    expect(readConfig('api', on).accessKeysSecretPrefix).toBe('slipway/keys/');
  });

  it('says everything that is missing or wrong at once', () => {
    const wrong = { ...ENVIRONMENT, SLIPWAY_JOBS_TABLE: '', SLIPWAY_RETENTION_DAYS: 'long', AWS_REGION: '' };
    expect(() => readConfig('observe', wrong)).toThrow(
      new ConfigError(
        'The function observe cannot start: SLIPWAY_JOBS_TABLE is missing; ' +
          'SLIPWAY_RETENTION_DAYS must be a number of days, 1 or more, but is "long"; AWS_REGION is missing.',
      ),
    );
  });
});

// Secrets of the local home, with real processes: a job has their values, and nobody else does.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { LocalServer } from '../../local/server.ts';
import { aLocalServer, batchOf } from './a-local-server.ts';

const VALUE = 'hush-6d0f2a';
const VALUE_FROM = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf:password::';

let dataDir: string;
let server: LocalServer | undefined;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'slipway-secrets-'));
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await rm(dataDir, { recursive: true, force: true });
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function filesWithValue(): Promise<string[]> {
  const files = await filesIn(join(dataDir, 'data'));
  const found = await Promise.all(
    files.map(async (file) => ((await readFile(file)).includes(VALUE) ? [file] : [])),
  );
  return found.flat();
}

it('gives a process its secret, and keeps the value out of every file but the record of the attempt under way', async () => {
  const secretsFile = join(dataDir, 'secrets.json');
  await writeFile(secretsFile, JSON.stringify({ database: { user: 'u', password: VALUE } }));
  const logged: object[] = [];
  server = await aLocalServer({
    dataDir: join(dataDir, 'data'),
    vcpus: 2,
    memoryMiB: 1_024,
    secretsFile,
    log: (event) => void logged.push(event),
    environment: { HOME: dataDir },
  });
  const batch = batchOf(server);
  const go = join(dataDir, 'go');
  const script = `echo started; while ! test -e ${go}; do sleep 0.02; done; test "$PASSWORD" = ${VALUE.replace('h', '"h"')}`;
  await batch.registerJobDefinition({
    jobDefinitionName: 'secretive',
    type: 'container',
    containerProperties: {
      image: 'busybox',
      vcpus: 1,
      memory: 64,
      command: ['sh', '-c', script],
      secrets: [{ name: 'PASSWORD', valueFrom: VALUE_FROM }],
    },
  });
  const { jobId = '' } = await batch.submitJob({
    jobName: 'j',
    jobQueue: 'default',
    jobDefinition: 'secretive',
  });
  const describe = async () => (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0];
  await expect.poll(async () => (await describe())?.status, { interval: 10 }).toBe('RUNNING');

  const [record = '', ...others] = await filesWithValue();
  expect(others).toEqual([]);
  expect((await stat(record)).mode & 0o777).toBe(0o600);
  expect(JSON.stringify(await describe())).not.toContain(VALUE);
  expect(await describe()).toMatchObject({
    container: { secrets: [{ name: 'PASSWORD', valueFrom: VALUE_FROM }] },
  });

  await writeFile(go, '');
  await expect.poll(async () => (await describe())?.status, { interval: 10 }).toBe('SUCCEEDED');
  // Removed with the attempt, once nothing runs.
  await expect.poll(filesWithValue, { timeout: 5_000, interval: 50 }).toEqual([]);
  expect(JSON.stringify(logged)).not.toContain(VALUE);
  expect(
    JSON.stringify(await batch.describeJobDefinitions({ jobDefinitionName: 'secretive' })),
  ).not.toContain(VALUE);
});

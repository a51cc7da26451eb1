// Secrets of the local home in containers of a real Docker Engine: the job has the value, and nobody else is told it.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch } from '@aws-sdk/client-batch';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocalServer } from '../../local/server.ts';
import { aLocalServer, batchOf } from './a-local-server.ts';
import { loadTestImage, TEST_IMAGE } from '../adapters/docker/busybox-image.ts';
import { startTestDocker } from '../adapters/docker/own-dockerd.ts';

const VALUE = 'hush-docker-6d0f2a';
const VALUE_FROM = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database-AbCdEf:password::';

const releases: (() => Promise<unknown>)[] = [];
const logged: object[] = [];
let folder: string;
let server: LocalServer;
let batch: Batch;

beforeAll(async () => {
  const own = await startTestDocker({ isolatesNetwork: true });
  releases.push(() => own.stop());
  await loadTestImage(own.socketPath);
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-docker-'));
  releases.push(() => rm(folder, { recursive: true, force: true }));
  const secretsFile = join(folder, 'secrets.json');
  await writeFile(secretsFile, JSON.stringify({ database: { password: VALUE } }));
  server = await aLocalServer({
    dataDir: join(folder, 'data'),
    runtime: 'docker',
    vcpus: 2,
    memoryMiB: 1_024,
    network: 'none',
    secretsFile,
    log: (event) => void logged.push(event),
    environment: { HOME: folder, DOCKER_HOST: `unix://${own.socketPath}` },
  });
  releases.push(() => server.close());
  batch = batchOf(server);
});
afterAll(async () => {
  for (const release of releases.reverse()) await release();
});

async function run(name: string, valueFrom: string) {
  await batch.registerJobDefinition({
    jobDefinitionName: name,
    type: 'container',
    containerProperties: {
      image: TEST_IMAGE,
      vcpus: 1,
      memory: 64,
      command: ['sh', '-c', `test "$PASSWORD" = "${VALUE.replace('h', 'h""')}" && echo known`],
      secrets: [{ name: 'PASSWORD', valueFrom }],
    },
  });
  const { jobId = '' } = await batch.submitJob({ jobName: name, jobQueue: 'default', jobDefinition: name });
  const describe = async () => (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0];
  await expect
    .poll(async () => (await describe())?.status, { timeout: 60_000, interval: 50 })
    .toMatch(/SUCCEEDED|FAILED/);
  return describe();
}

it('a container finds its secret in its environment, and no description, event or log has it', async () => {
  const job = await run('secretive', VALUE_FROM);
  expect(job).toMatchObject({ status: 'SUCCEEDED', container: { exitCode: 0 } });
  expect(JSON.stringify(job)).not.toContain(VALUE);
  expect(JSON.stringify(logged)).not.toContain(VALUE);
  const logs = join(folder, 'data', 'logs');
  const files = await readdir(logs, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8')),
  );
  expect(texts.join('')).toBe('known\n');
});

it('a container whose secret nobody knows does not start, and says why', async () => {
  const job = await run('unknowing', VALUE_FROM.replace('database', 'absent'));
  expect(job).toMatchObject({ status: 'FAILED' });
  expect(job?.attempts?.[0]?.container?.reason).toMatch(
    /^ResourceInitializationError: unable to pull secrets/,
  );
});

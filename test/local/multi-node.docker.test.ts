// A multi-node job whose nodes are containers of a real Docker Engine: each has an address of its own on a network that only
// they share, and that is gone after the job.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDockerLauncher } from '../../adapters/docker/docker-launcher.ts';
import { createEngineClient } from '../../adapters/docker/engine-client.ts';
import type { EngineClient } from '../../adapters/docker/engine-client.ts';
import { networkNameOf } from '../../adapters/docker/node-network.ts';
import { nodeJobId } from '../../core/ids.ts';
import { taskIdOf } from '../../core/job/task-id.ts';
import { loadTestImage, TEST_IMAGE } from '../adapters/docker/busybox-image.ts';
import { startTestDocker } from '../adapters/docker/own-dockerd.ts';
import type { ALocalEngine } from '../engine/a-local-engine.ts';
import { aLocalEngine } from '../engine/a-local-engine.ts';

const releases: (() => Promise<unknown>)[] = [];
let engine: ALocalEngine;
let docker: EngineClient;
let logFileOf: (taskId: string) => string;

beforeAll(async () => {
  const own = await startTestDocker({ isolatesNetwork: true });
  const { socketPath } = own;
  releases.push(() => own.stop());
  await loadTestImage(socketPath);
  const folder = await mkdtemp(join(tmpdir(), 'slipway-multi-node-docker-'));
  releases.push(() => rm(folder, { recursive: true, force: true }));
  logFileOf = (taskId) => join(folder, `${taskId}.log`);
  // No network unless the nodes need one: the test Engine has no bridge either.
  const options = { socketPath, logFileOf, dataDirId: 'multi-node', network: 'none' };
  engine = await aLocalEngine({ runtime: createDockerLauncher(options) });
  releases.push(() => engine.close());
  docker = createEngineClient(socketPath);
  releases.push(async () => docker.close());
});
afterAll(async () => {
  for (const release of releases.reverse()) await release();
});

function aNode(script: string) {
  return {
    image: TEST_IMAGE,
    command: ['sh', '-c', script],
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '32' },
    ],
  };
}

const MAIN = 'for i in 1 2; do echo hello | nc -l -p 5000 > /dev/null; done; sleep 1; echo served';
const OTHER =
  'until nc -w 2 $AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS 5000 < /dev/null | grep hello; do sleep 0.1; done';

it('the nodes of a job reach its main node over a network of their own', async () => {
  await engine.registerNodes('talk', {
    numNodes: 3,
    mainNode: 0,
    nodeRangeProperties: [
      { targetNodes: '0', container: aNode(MAIN) },
      { targetNodes: '1:', container: aNode(OTHER) },
    ],
  });
  const jobId = await engine.submit({ jobDefinition: 'talk' });
  await engine.until(jobId, ({ status }) => status === 'RUNNING', 60_000);
  expect((await engine.job(nodeJobId(jobId, 0))).node?.address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
  const job = await engine.until(
    jobId,
    ({ status }) => status === 'SUCCEEDED' || status === 'FAILED',
    60_000,
  );
  expect(job).toMatchObject({ status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] });
  const taskIds = [0, 1, 2].map((index) => taskIdOf(nodeJobId(jobId, index), 1));
  const logs = await Promise.all(taskIds.map((taskId) => readFile(logFileOf(taskId), 'utf8')));
  expect(logs).toEqual(['served\n', 'hello\n', 'hello\n']);
  const names = async (): Promise<readonly string[]> => {
    const networks = (await docker.call({ method: 'GET', path: '/networks' })) as { Name: string }[]; // the Engine's list
    return networks.map(({ Name }) => Name);
  };
  await expect.poll(names, { timeout: 20_000 }).not.toContain(networkNameOf(taskIds[0] ?? ''));
});

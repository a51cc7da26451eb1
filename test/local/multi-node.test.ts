// A multi-node job whose nodes are real processes and really talk: the main node listens, the others find it by the address
// in their environment, and each hears an answer that only the main node can give.
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { logFileOf } from '../../adapters/files/task-paths.ts';
import { createProcessLauncher } from '../../adapters/process/process-launcher.ts';
import { createTaskGroupLauncher } from '../../adapters/task-group/task-group-launcher.ts';
import { nodeJobId } from '../../core/ids.ts';
import type { JobId } from '../../core/ids.ts';
import { containerTaskId, taskIdOf } from '../../core/job/task-id.ts';
import type { ALocalEngine } from '../engine/a-local-engine.ts';
import { aLocalEngine } from '../engine/a-local-engine.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

/** Adds up what the others send, tells each its part, and ends when all have hung up. */
const MAIN = `
  const others = Number(process.env.AWS_BATCH_JOB_NUM_NODES) - 1;
  let sum = 0;
  let left = others;
  const server = require('node:net').createServer((socket) => {
    socket.on('data', (data) => {
      sum += Number(data);
      socket.end('you are ' + data + ' of ' + others);
    });
    socket.on('close', () => {
      left -= 1;
      if (left > 0) return;
      console.log('sum ' + sum);
      server.close();
    });
  });
  server.listen(Number(process.env.PORT), '127.0.0.1');
`;

/** The main node runs, but may not listen yet. */
const OTHER = `
  const call = () => {
    const { AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: host, AWS_BATCH_JOB_NODE_INDEX: index, PORT } = process.env;
    const socket = require('node:net').connect(Number(PORT), host, () => socket.write(index));
    socket.on('data', (data) => console.log(String(data)));
    socket.on('error', () => setTimeout(call, 20));
  };
  call();
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => {
    server.once('listening', resolve);
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

function aNode(program: string, port: number) {
  return {
    command: [process.execPath, '-e', program],
    environment: [{ name: 'PORT', value: String(port) }],
    resourceRequirements: [
      { type: 'VCPU', value: '1' },
      { type: 'MEMORY', value: '512' },
    ],
  };
}

async function open(): Promise<{ readonly engine: ALocalEngine; readonly dataDir: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'slipway-multi-node-'));
  releases.push(() => rmSync(dataDir, { recursive: true, force: true }));
  const runtime = createTaskGroupLauncher(createProcessLauncher({ dataDir, limits: 'off' }));
  const engine = await aLocalEngine({ runtime, vcpus: 4 });
  releases.push(() => engine.close());
  return { engine, dataDir };
}

function logOf(dataDir: string, jobId: JobId, node: number): string {
  return readFileSync(logFileOf(dataDir, taskIdOf(nodeJobId(jobId, node), 1)), 'utf8');
}

it('the nodes of a job talk to its main node over TCP', async () => {
  const { engine, dataDir } = await open();
  const port = await freePort();
  await engine.registerNodes('talk', {
    numNodes: 3,
    mainNode: 0,
    nodeRangeProperties: [
      { targetNodes: '0', container: aNode(MAIN, port) },
      { targetNodes: '1:', container: aNode(OTHER, port) },
    ],
  });
  const jobId = await engine.submit({ jobDefinition: 'talk' });
  const job = await engine.until(
    jobId,
    ({ status }) => status === 'SUCCEEDED' || status === 'FAILED',
    15_000,
  );
  expect(job).toMatchObject({ status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] });
  expect(logOf(dataDir, jobId, 0)).toBe('sum 3\n');
  // The main node's end may stop them before they have ended by themselves, which their shell tells.
  expect(logOf(dataDir, jobId, 1)).toMatch(/^you are 1 of 2\n/);
  expect(logOf(dataDir, jobId, 2)).toMatch(/^you are 2 of 2\n/);
});

it('a node may run several containers, whose task it is that the others talk to', async () => {
  const { engine, dataDir } = await open();
  const port = await freePort();
  const beside = { ...aNode('', port), name: 'beside', command: ['echo', 'beside'], essential: false };
  const containers = [{ ...aNode(MAIN, port), name: 'main' }, beside];
  await engine.registerNodes('several', {
    numNodes: 2,
    mainNode: 0,
    nodeRangeProperties: [
      { targetNodes: '0', ecsProperties: { taskProperties: [{ containers }] } },
      { targetNodes: '1', container: aNode(OTHER, port) },
    ],
  });
  const jobId = await engine.submit({ jobDefinition: 'several' });
  const job = await engine.until(
    jobId,
    ({ status }) => status === 'SUCCEEDED' || status === 'FAILED',
    15_000,
  );
  const ends = [
    { name: 'main', exitCode: 0 },
    { name: 'beside', exitCode: 0 },
  ];
  expect(job).toMatchObject({
    status: 'SUCCEEDED',
    attempts: [{ containers: ends }],
    nodes: [{ attempts: [{ containers: ends }] }, {}],
  });
  const main = job.attempts[0]?.taskId ?? '';
  const logs = [1, 2].map((number) =>
    readFileSync(logFileOf(dataDir, containerTaskId(main, number)), 'utf8'),
  );
  expect(logs).toEqual(['sum 1\n', 'beside\n']);
  expect(logOf(dataDir, jobId, 1)).toMatch(/^you are 1 of 1\n/);
});

it('a node that would run for ever is stopped when the main node has ended', async () => {
  const { engine } = await open();
  const forever = { ...aNode('', 0), command: ['sleep', '3600'] };
  const brief = { ...aNode('', 0), command: ['sleep', '0.3'] };
  await engine.registerNodes('uneven', {
    numNodes: 3,
    mainNode: 2,
    nodeRangeProperties: [
      { targetNodes: '0:1', container: forever },
      { targetNodes: '2:', container: brief },
    ],
  });
  const jobId = await engine.submit({ jobDefinition: 'uneven' });
  const job = await engine.until(
    jobId,
    ({ status }) => status === 'SUCCEEDED' || status === 'FAILED',
    15_000,
  );
  expect(job).toMatchObject({
    status: 'SUCCEEDED',
    nodes: [
      { status: 'FAILED', attempts: [{ exitCode: 143 }] },
      { status: 'FAILED', attempts: [{ exitCode: 143 }] },
      { status: 'SUCCEEDED', attempts: [{ exitCode: 0 }] },
    ],
  });
});

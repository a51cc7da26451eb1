// The Docker runtime against a bare create, start, wait, remove loop on the same Engine, in alternating rounds of one run:
// prints both rates and their ratio. Needs root and dockerd, or SLIPWAY_TEST_DOCKER_SOCKET.
// Usage: npx node test/bench/docker-runtime.ts [rounds] [containers per round] [concurrency] [network]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createContainer,
  removeContainer,
  startContainer,
  waitForEnd,
} from '../../adapters/docker/container-calls.ts';
import { namesOf } from '../../adapters/docker/container-names.ts';
import { createBodyOf } from '../../adapters/docker/create-body.ts';
import { createEngineClient } from '../../adapters/docker/engine-client.ts';
import { readEngineMachine } from '../../adapters/docker/engine-machine.ts';
import { aTask } from '../adapters/docker/a-task.ts';
import { loadTestImage } from '../adapters/docker/busybox-image.ts';
import { observe } from '../adapters/docker/observed-launcher.ts';
import { startTestDocker } from '../adapters/docker/own-dockerd.ts';

const [rounds = 3, perRound = 24, concurrency = 8] = process.argv.slice(2, 5).map(Number);
const network = process.argv[5] ?? 'none';
const folder = await mkdtemp(join(tmpdir(), 'slipway-docker-bench-'));
const docker = await startTestDocker();
try {
  await loadTestImage(docker.socketPath);
  const bareRates: number[] = [];
  const runtimeRates: number[] = [];
  await bareRound(concurrency); // the first containers of an Engine are slow
  for (let round = 0; round < rounds; round += 1) {
    bareRates.push(await rateOf(() => bareRound(perRound)));
    runtimeRates.push(await rateOf(() => runtimeRound(perRound)));
  }
  const bare = mean(bareRates);
  const runtime = mean(runtimeRates);
  print(`bare Engine loop   ${bare.toFixed(2)}/s  (${rounded(bareRates)})`);
  print(`docker runtime     ${runtime.toFixed(2)}/s  (${rounded(runtimeRates)})`);
  print(`ratio              ${(runtime / bare).toFixed(2)}  (goal: at least 0.90), ${concurrency} at a time`);
} finally {
  await docker.stop();
  await rm(folder, { recursive: true, force: true });
}

/** As a loop without any of Slipway's duties would do it: no log, no exit code, no times. */
async function bareRound(count: number): Promise<void> {
  const client = createEngineClient(docker.socketPath);
  const machine = await readEngineMachine(client);
  const never = new AbortController().signal;
  await inSlots(count, async () => {
    const task = aTask();
    const creation = createBodyOf(task, { dataDirId: 'bench', network, cpu: 'shares', machine });
    if (!creation.fits) throw new Error(creation.reason);
    const { container } = namesOf(task.taskId);
    await createContainer(client, container, creation.body, undefined);
    await startContainer(client, container);
    await waitForEnd(client, container, never);
    await removeContainer(client, container);
  });
  client.close();
}

/** A slot is free again when the exit is told; the removal goes on beside the next task, and counts all the same. */
async function runtimeRound(count: number): Promise<void> {
  const subject = observe(folder, { socketPath: docker.socketPath, network });
  const removals: Promise<void>[] = [];
  await inSlots(count, async () => {
    const task = aTask();
    const { exit } = await subject.run(task);
    if (exit.exitCode !== 0) throw new Error(`A container failed: ${JSON.stringify(exit)}`);
    removals.push(subject.launcher.forget(task.attemptId, task.taskId));
  });
  await Promise.all(removals);
  await subject.launcher.close();
}

async function inSlots(count: number, one: () => Promise<void>): Promise<void> {
  let left = count;
  const slot = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, slot));
}

async function rateOf(round: () => Promise<void>): Promise<number> {
  const startedAtMs = performance.now();
  await round();
  return perRound / ((performance.now() - startedAtMs) / 1000);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function rounded(values: readonly number[]): string {
  return values.map((value) => value.toFixed(2)).join(', ');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

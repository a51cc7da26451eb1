import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { examineDataFolder, examineDocker, examineLimits, examinePort } from '../../local/examine-machine.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-examine-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a Docker that is not there is noted with the socket that was tried', async () => {
  const DOCKER_HOST = `unix://${join(folder, 'none.sock')}`;
  expect(await examineDocker({ DOCKER_HOST })).toMatchObject({
    verdict: 'note',
    found: expect.stringContaining('none.sock') as string,
  });
});

it.each([
  [undefined, 'note', /^none that this user may use; .* memory, cpu, pids$/],
  [{ version: 2, parent: '/x', controllers: ['memory', 'pids'] }, 'note', /^memory, pids only; .* cpu$/],
  [{ version: 1, parents: { memory: '/m', cpu: '/c', pids: '/p' } }, 'ok', /^v1: memory, CPUs/],
] as const)('limits by %j', (hierarchy, verdict, found) => {
  expect(examineLimits(hierarchy)).toMatchObject({ verdict, found: expect.stringMatching(found) as string });
});

it('a data folder that can be made is fine, with its free room', async () => {
  expect(await examineDataFolder(join(folder, 'a', 'b'))).toMatchObject({
    verdict: 'ok',
    found: expect.stringMatching(/b, [\d.]+ GiB free$/) as string,
  });
});

it('a data folder below a file is wrong', async () => {
  expect(await examineDataFolder('/dev/null/x')).toMatchObject({ verdict: 'wrong' });
});

it('a port is free, ours, or taken', async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo; // it listens on a port
  try {
    expect(await examinePort(port, false)).toMatchObject({
      verdict: 'note',
      found: 'another program has it',
    });
    expect(await examinePort(port, true)).toMatchObject({ verdict: 'ok' });
  } finally {
    await new Promise((done) => server.close(done));
  }
  expect(await examinePort(port, false)).toMatchObject({ verdict: 'ok', found: 'free on 127.0.0.1' });
});

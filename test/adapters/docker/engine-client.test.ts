import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createEngineClient,
  dockerAnswers,
  olderVersion,
  socketPathOf,
} from '../../../adapters/docker/engine-client.ts';
import type { EngineClient } from '../../../adapters/docker/engine-client.ts';
import {
  EngineError,
  EngineTimeoutError,
  EngineUnreachableError,
} from '../../../adapters/docker/engine-errors.ts';
import { send, startFakeEngine } from './fake-engine.ts';
import type { FakeEngine } from './fake-engine.ts';

let engine: FakeEngine;
let client: EngineClient;
beforeEach(async () => {
  engine = await startFakeEngine();
  client = createEngineClient(engine.socketPath);
});
afterEach(async () => {
  client.close();
  await engine.close();
});

const INFO = { method: 'GET', path: '/info' } as const;
/** Takes a call and never answers it. */
const silence = (): true => true;

describe('createEngineClient', () => {
  it.each([
    ['1.41', '/v1.41/info'],
    ['1.99', '/v1.51/info'],
    ['1.9', '/v1.9/info'],
  ])('speaks the version of an Engine of %s, up to the newest it knows', async (version, path) => {
    engine.apiVersion = version;
    const urls: string[] = [];
    engine.intercept = (_call, request) => {
      urls.push(request.url ?? '');
      return undefined;
    };
    await client.call(INFO);
    await client.call(INFO);
    expect(urls).toEqual(['/_ping', path, path]);
  });

  it('asks for the version again after the Engine was replaced', async () => {
    await client.call(INFO);
    await engine.down();
    await expect(client.call(INFO)).rejects.toThrow(EngineUnreachableError);
    engine.apiVersion = '1.24';
    await engine.up();
    let path = '';
    engine.intercept = (_call, request) => void (path = request.url ?? '');
    await client.call(INFO);
    expect(path).toBe('/v1.24/info');
  });

  it("throws the Engine's own words with their status", async () => {
    const failure = await client.call({ method: 'GET', path: '/containers/x/json' }).catch(String);
    expect(failure).toBe('EngineError: No such container: x');
    await expect(client.call({ method: 'GET', path: '/containers/x/json' })).rejects.toMatchObject({
      status: 404,
    });
  });

  it('names the status when the Engine has no words', async () => {
    engine.intercept = (call, _request, response) =>
      call === 'GET /info' ? (send(response, 502, ''), true) : undefined;
    await expect(client.call(INFO)).rejects.toThrow(
      new EngineError(502, 'The Docker Engine answered with HTTP status 502.'),
    );
  });

  it('says that nobody answers when there is no socket', async () => {
    const nowhere = createEngineClient('/nonexistent/docker.sock');
    await expect(nowhere.call(INFO)).rejects.toThrow(EngineUnreachableError);
  });

  it('gives a call up after its time', async () => {
    engine.intercept = (call) => (call === 'GET /info' ? silence() : undefined);
    await expect(client.call({ ...INFO, timeoutMs: 20 })).rejects.toThrow(EngineTimeoutError);
  });

  it('gives a whole answer up that stays away after its head', async () => {
    engine.intercept = (call, _request, response) =>
      call === 'GET /info' ? (response.writeHead(200).flushHeaders(), true) : undefined;
    await expect(client.call({ ...INFO, timeoutMs: 50 })).rejects.toThrow(EngineTimeoutError);
  });

  it("rejects with the caller's own reason when the caller gives up", async () => {
    engine.intercept = (call) => (call === 'GET /info' ? silence() : undefined);
    const reason = new Error('enough');
    const giveUp = new AbortController();
    setTimeout(() => giveUp.abort(reason), 20);
    await expect(client.call({ ...INFO, signal: giveUp.signal })).rejects.toBe(reason);
    await expect(client.call({ ...INFO, signal: giveUp.signal })).rejects.toBe(reason);
  });

  it('lets a stream go on past the time of its head, until the caller gives up', async () => {
    engine.intercept = (call, _request, response) => {
      if (call !== 'GET /info') return undefined;
      response.write('first');
      setTimeout(() => response.write('second'), 80);
      return true;
    };
    const enough = new AbortController();
    const seen: string[] = [];
    const read = async (): Promise<void> => {
      for await (const chunk of await client.stream({ ...INFO, timeoutMs: 40, signal: enough.signal })) {
        seen.push(chunk.toString());
        if (seen.length === 2) enough.abort(new Error('enough'));
      }
    };
    await expect(read()).rejects.toThrow('enough');
    expect(seen).toEqual(['first', 'second']);
  });

  it('tells a broken stream from one that ended', async () => {
    engine.intercept = (call, _request, response) => {
      if (call !== 'GET /info') return undefined;
      response.write('half');
      setTimeout(() => response.destroy(), 20);
      return true;
    };
    const read = async (): Promise<void> => {
      for await (const chunk of await client.stream(INFO)) expect(chunk.toString()).toBe('half');
    };
    await expect(read()).rejects.toThrow(EngineUnreachableError);
  });

  it.each([
    [undefined, 2],
    [true, 1],
  ])('sends a call again (once: %s) when its kept connection turns out dead', async (once, times) => {
    await client.call(INFO);
    let seen = 0;
    engine.intercept = (call, request, response) => {
      if (call !== 'POST /containers/x/start') return undefined;
      seen += 1;
      if (seen > 1) return undefined;
      request.socket.destroy();
      response.destroy();
      return true;
    };
    const start = client.call({ method: 'POST', path: '/containers/x/start', ...(once ? { once } : {}) });
    await expect(start).rejects.toThrow(once ? EngineUnreachableError : EngineError);
    expect(seen).toBe(times);
  });
});

describe('dockerAnswers', () => {
  it('is true where an Engine answers', async () => {
    expect(await dockerAnswers(engine.socketPath)).toBe(true);
  });

  it('is false where none does, or not in time, or with an error', async () => {
    expect(await dockerAnswers('/nonexistent/docker.sock')).toBe(false);
    engine.intercept = silence;
    expect(await dockerAnswers(engine.socketPath, 20)).toBe(false);
    engine.intercept = (_call, _request, response) => (send(response, 500, ''), true);
    expect(await dockerAnswers(engine.socketPath)).toBe(false);
  });
});

it.each([
  [undefined, '/var/run/docker.sock'],
  ['', '/var/run/docker.sock'],
  ['unix:///run/user/1/docker.sock', '/run/user/1/docker.sock'],
  ['tcp://h:2375', undefined],
])('reads DOCKER_HOST %s as socket %s', (host, path) => {
  expect(socketPathOf(host)).toBe(path);
});

it.each([
  ['1.9', '1.41', '1.9'],
  ['1.51', '1.41', '1.41'],
  ['2.0', '1.51', '1.51'],
])('takes the older of %s and %s', (a, b, older) => {
  expect(olderVersion(a, b)).toBe(older);
  expect(olderVersion(b, a)).toBe(older);
});

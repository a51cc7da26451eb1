// `slipway top`: one frame for programs and files, a screen of its own for people.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCli } from '../../../bin/cli.ts';
import type { Screen, Terminal } from '../../../bin/terminal.ts';
import { aCurrentJob, anOverview } from '../an-overview.ts';
import { captureCli, environmentOf } from '../capture-cli.ts';
import { FakeError, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
let looks: number;
beforeEach(async () => {
  looks = 0;
  fake = await startFakeServer();
  fake.answers.set('/_slipway/overview', () => {
    looks += 1;
    return anOverview({ jobs: [aCurrentJob({ jobName: `look-${looks}` })] });
  });
});
afterEach(() => fake.close());

describe('without a screen', () => {
  test('prints one frame', async () => {
    const { code, out } = await captureCli(['top'], { env: environmentOf(fake) });
    expect(code).toBe(0);
    expect(out).toContain(fake.endpoint);
    expect(out).toMatch(/^3f2a1c9e {2}look-1 /m);
    expect(out).not.toContain('\u001b');
    expect(looks).toBe(1);
  });

  test('prints the whole answer with --json', async () => {
    const { out } = await captureCli(['top', '--json'], { env: environmentOf(fake) });
    expect(JSON.parse(out)).toEqual(anOverview({ jobs: [aCurrentJob({ jobName: 'look-1' })] }));
  });

  test('passes on what the server refuses', async () => {
    fake.answers.set('/_slipway/overview', () => {
      throw new FakeError(403, 'AccessDeniedException', 'not allowed to see this');
    });
    const { code, err } = await captureCli(['top'], { env: environmentOf(fake) });
    expect([code, err]).toEqual([1, expect.stringContaining('not allowed to see this')]);
  });
});

/** A screen whose keys a test presses. */
function openTop(args: readonly string[] = []) {
  let drawn = '';
  let listeners: Parameters<Screen['open']>[0] | undefined;
  let interrupt: (() => void) | undefined;
  let rows = 24;
  const screen: Screen = {
    get rows() {
      return rows;
    },
    open(given) {
      listeners = given;
      return () => (listeners = undefined);
    },
  };
  const terminal: Terminal = {
    env: environmentOf(fake),
    cwd: '/',
    out: { write: (text) => void (drawn += text), columns: 60, colors: false },
    err: { write: (text) => void (drawn += text), columns: 60, colors: false },
    screen,
    onInterrupt(listener) {
      interrupt = listener;
      return () => (interrupt = undefined);
    },
    exitNow: (code) => expect.unreachable(`ended with ${code}`),
  };
  return {
    ended: runCli(['top', '--every', '0.02', ...args], terminal),
    press: (key: string) => listeners?.onKey(key),
    interrupt: () => interrupt?.(),
    resize(to: number) {
      rows = to;
      listeners?.onResize();
    },
    isOpen: () => listeners !== undefined,
    frames: () => drawn.split('\u001b[H').slice(1),
    sees: (text: string | RegExp) => expect.poll(() => drawn, { interval: 5, timeout: 5_000 }).toMatch(text),
  };
}

describe('on a screen', () => {
  test.each(['q', '\u0003'])('looks again and again until %j', async (key) => {
    const top = openTop();
    await top.sees('look-3');
    top.press('x');
    top.press(key);
    expect(await top.ended).toBe(0);
    expect(top.isOpen()).toBe(false);
  });

  test('is left by a signal too', async () => {
    const top = openTop();
    await top.sees('look-1');
    top.interrupt();
    expect(await top.ended).toBe(0);
    expect(top.isOpen()).toBe(false);
  });

  test('follows its size at once', async () => {
    const top = openTop(['--every', '60']);
    await top.sees('look-1');
    top.resize(3);
    expect(top.frames().at(-1)?.split('\r\n')).toHaveLength(3);
    top.press('q');
    await top.ended;
    expect(looks).toBe(1);
  });

  test('says that the server is away, and goes on when it is back', async () => {
    const top = openTop();
    await top.sees('look-1');
    const { endpoint } = fake;
    await fake.close();
    await top.sees(/The server does not answer; this is as it was \S+ ago\./);
    expect(top.isOpen()).toBe(true);
    fake = await startFakeServer([], Number(new URL(endpoint).port));
    fake.answers.set('/_slipway/overview', () => anOverview({ jobs: [aCurrentJob({ jobName: 'back' })] }));
    await top.sees('back');
    top.press('q');
    expect(await top.ended).toBe(0);
  });

  test('gives the screen back before it says what went wrong', async () => {
    const top = openTop();
    await top.sees('look-1');
    fake.answers.set('/_slipway/overview', () => {
      throw new FakeError(500, 'ServerException', 'broken');
    });
    expect(await top.ended).toBe(1);
    expect(top.isOpen()).toBe(false);
  });

  test('never takes the screen for a server that is not there', async () => {
    await fake.close();
    const top = openTop();
    expect(await top.ended).toBe(3);
    expect(top.frames()).toEqual([]);
    fake = await startFakeServer();
  });
});

// `slipway console`: a link of the server's own, or a console served from here until Ctrl-C.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureCli, environmentOf, type Shown, type Surroundings } from '../capture-cli.ts';
import { FakeError, startFakeServer, type FakeServer } from '../fake-server.ts';

const HOME = {
  kind: 'account',
  account: '123456789012',
  region: 'eu-west-1',
  runtime: 'ecs',
  logGroups: { jobs: '/aws/batch/job' },
};

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
  fake.answers.set('/_slipway/home', () => HOME);
});
afterEach(() => fake.close());

/** Presses Ctrl-C once a link was printed; `look` is given it before. */
async function slipwayConsole(
  args: readonly string[],
  look: (link: string) => Promise<void> = async () => undefined,
  around: Surroundings = {},
): Promise<Shown> {
  let press = (): void => undefined;
  return captureCli(['console', ...args], {
    env: environmentOf(fake),
    onReady: (interrupt) => (press = interrupt),
    onWrite: (text) => {
      const link = /http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]+/.exec(text)?.[0];
      if (link !== undefined) void look(link).finally(() => press());
    },
    ...around,
  });
}

describe('where the server has a console', () => {
  beforeEach(() => {
    fake.answers.set('/_slipway/console-link', () => ({ url: `${fake.endpoint}/#token=its-own` }));
  });

  test('its link is printed, and that is all', async () => {
    const { code, out, err } = await captureCli(['console', '--no-open'], { env: environmentOf(fake) });
    expect({ code, out, err }).toEqual({ code: 0, out: `${fake.endpoint}/#token=its-own\n`, err: '' });
  });

  test.each([
    [['--port', '0'], '--port is for a console that is served from here'],
    [['--profile', 'work'], '--profile is for a server in an AWS account'],
  ])('%j makes no sense', async (args, said) => {
    const { code, err } = await captureCli(['console', ...args], { env: environmentOf(fake) });
    expect(code).toBe(2);
    expect(err).toContain(said);
  });

  test('--serve serves it from here nevertheless', async () => {
    const { code, out } = await slipwayConsole(['--serve', '--port', '0', '--no-open']);
    expect(code).toBe(0);
    expect(out).not.toContain(fake.endpoint);
  });
});

describe('where it has none', () => {
  test('one is served from here until Ctrl-C, and signs a browser in once', async () => {
    const signedIn: number[] = [];
    const { code, out, err } = await slipwayConsole(['--port', '0', '--no-open'], async (link) => {
      const { origin, hash } = new URL(link);
      for (let time = 0; time < 2; time += 1) {
        const { status } = await fetch(`${origin}/_console/session`, {
          method: 'POST',
          headers: { origin, 'content-type': 'application/json' },
          body: JSON.stringify({ token: hash.slice('#token='.length) }),
        });
        signedIn.push(status);
      }
    });
    expect(code).toBe(0);
    expect(signedIn).toEqual([200, 401]);
    expect(err).toBe(
      `This is the console of ${fake.endpoint}, account 123456789012, eu-west-1. Ctrl-C ends it.\n`,
    );
    await expect(fetch(out.trim())).rejects.toThrow('fetch failed');
  });

  test('the link is JSON where that is asked for', async () => {
    const { out } = await slipwayConsole(['--port', '0', '--json']);
    expect(JSON.parse(out)).toEqual({ url: expect.stringContaining('#token=') });
  });

  test('calls are signed with the keys of this shell', async () => {
    await slipwayConsole(['--port', '0', '--no-open']);
    expect(fake.calls.filter(({ operation }) => operation === '/_slipway/home')).toMatchObject([
      { scope: 'us-east-1/batch/aws4_request' },
    ]);
  });
});

describe('a server in an account', () => {
  const endpoint = 'http://abc123.execute-api.eu-west-1.amazonaws.com.invalid';
  const env = { AWS_REGION: 'eu-west-1' };

  test('that nobody answers at is told as any other', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIDTEST';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'secret';
    try {
      const { code, err } = await captureCli(['console', '--endpoint', endpoint], { env });
      expect(code).toBe(3);
      expect(err).toContain(`No Slipway server answers at ${endpoint}`);
    } finally {
      delete process.env['AWS_ACCESS_KEY_ID'];
      delete process.env['AWS_SECRET_ACCESS_KEY'];
    }
  });

  test('that is older than the console is told to be upgraded', async () => {
    fake.answers.set('/_slipway/home', () => {
      throw new FakeError(404, 'UnknownOperationException', 'AWS Batch has no operation at /_slipway/home.');
    });
    const { code, err } = await slipwayConsole(['--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain('is older than this console');
    expect(err).toContain('npx cdk deploy');
  });

  test.each([
    ['AccessDeniedException', 'User: ada is not authorized to perform: batch:DescribeJobQueues'],
    ['ExpiredTokenException', 'The security token included in the request is expired'],
  ])('that refuses is told with its own words: %s', async (type, message) => {
    fake.answers.set('/_slipway/home', () => {
      throw new FakeError(403, type, message);
    });
    const { code, err } = await slipwayConsole(['--port', '0']);
    expect(code).toBe(1);
    expect(err).toContain(message);
    expect(err).toContain('slipway doctor --aws');
  });

  test('needs a Region, where its address does not tell it', async () => {
    const { code, err } = await captureCli(['console', '--endpoint', 'https://batch.example.com'], {
      env: {},
    });
    expect(code).toBe(2);
    expect(err).toContain('Name it with --region');
  });
});

test('a port that is in use is told', async () => {
  const port = new URL(fake.endpoint).port;
  const { code, err } = await slipwayConsole(['--port', port]);
  expect(code).toBe(1);
  expect(err).toContain(`Port ${port} on 127.0.0.1 is in use`);
});

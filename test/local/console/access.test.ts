// Who gets what from the console: a page of another origin, a stranger on this machine and a DNS name that leads here get nothing.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { captureCli } from '../../bin/capture-cli.ts';
import type { LocalServer } from '../../../local/server.ts';
import { aLocalServer } from '../a-local-server.ts';
import { aVisitor, signedIn, tokenIn } from './a-visitor.ts';

let folder: string;
let server: LocalServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-console-'));
  server = await aLocalServer({
    dataDir: join(folder, '.slipway'),
    vcpus: 2,
    memoryMiB: 1_024,
    environment: { HOME: folder, AWS_REGION: 'eu-west-1' },
    consoleFolder: join(folder, 'console'),
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const ROUTES = [
  'session',
  'overview',
  'jobs?queue=default',
  'jobs/any',
  'jobs/any/cells',
  'jobs/any/log',
  'jobs/any/log/search',
  'jobs/any/workflow',
  'jobs/any/rerun',
  'machines/job',
  'history',
  'event-log',
  'event-log/1',
  'audit',
  'audit/1',
  'events',
];
const JOB = '00000000-0000-4000-8000-000000000000';

describe('without a session', () => {
  it.each(ROUTES)('GET /_console/%s is refused', async (route) => {
    const answer = await aVisitor(server.endpoint).get(`/_console/${route}`);
    expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([401, 'SignInRequired']);
  });

  it.each(['cancel', 'terminate', 'rerun', 'hold', 'release', 'priority'])(
    'nobody can %s a job',
    async (kind) => {
      const answer = await aVisitor(server.endpoint).post(`/_console/jobs/${JOB}/${kind}`, {
        reason: 'because',
      });
      expect(answer.status).toBe(401);
    },
  );

  it.each([
    '',
    'slipway-console-80=x',
    'slipway-console-%PORT%=eu-west-1.9999999999999.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('a cookie %j does not help', async (cookie) => {
    const visitor = aVisitor(server.endpoint, cookie.replace('%PORT%', new URL(server.endpoint).port));
    expect((await visitor.get('/_console/overview')).status).toBe(401);
  });
});

describe('a link', () => {
  it('signs one browser in, once, with a cookie that scripts and other sites do not get', async () => {
    const token = tokenIn(server.consoleLink());
    const visitor = aVisitor(server.endpoint);
    const first = await visitor.post('/_console/session', { token });
    expect(first.status).toBe(200);
    expect(JSON.parse(first.body)).toMatchObject({
      region: 'eu-west-1',
      account: '123456789012',
      runtime: 'process',
    });
    expect(first.headers['set-cookie']?.[0]).toMatch(
      /; Path=\/_console; HttpOnly; SameSite=Strict; Max-Age=86400$/,
    );
    expect((await visitor.get('/_console/overview')).status).toBe(200);
    expect((await aVisitor(server.endpoint).post('/_console/session', { token })).status).toBe(401);
  });

  it('comes from a signed call, and from no other', async () => {
    const { code, out } = await captureCli(['console', '--no-open'], { cwd: folder });
    expect(code).toBe(0);
    const visitor = await signedIn(server.endpoint, out.trim());
    expect((await visitor.get('/_console/session')).status).toBe(200);
    const unsigned = await aVisitor(server.endpoint).post('/_slipway/console-link', {});
    expect([unsigned.status, unsigned.headers['x-amzn-errortype']]).toEqual([
      403,
      'MissingAuthenticationTokenException',
    ]);
    const withCookie = await visitor.post('/_slipway/console-link', {});
    expect(withCookie.status).toBe(403);
  });

  it('is of no use in another form', async () => {
    for (const body of [{}, { token: 7 }, { token: [tokenIn(server.consoleLink())] }, { token: '' }]) {
      expect((await aVisitor(server.endpoint).post('/_console/session', body)).status).toBe(401);
    }
  });
});

describe('with a session', () => {
  const foreign: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }],
    [
      'a page on another port of this machine',
      { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' },
    ],
    [
      'a page whose browser says nothing but its origin',
      { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-origin' },
    ],
    ['a sandboxed page', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['a DNS name that leads here', { host: 'rebound.example:7411' }],
    ['a name that only begins like ours', { host: '127.0.0.1.evil.example' }],
  ];
  it.each(foreign)('%s gets nothing', async (_who, headers) => {
    const visitor = await signedIn(server.endpoint, server.consoleLink());
    for (const route of ROUTES) {
      expect((await visitor.get(`/_console/${route}`, headers)).status, route).toBe(403);
    }
    const stop = await visitor.post(`/_console/jobs/${JOB}/terminate`, { reason: 'because' }, headers);
    expect(stop.status).toBe(403);
  });

  it('a change needs an origin and JSON, which no form of another page can send', async () => {
    const visitor = await signedIn(server.endpoint, server.consoleLink());
    const path = `/_console/jobs/${JOB}/terminate`;
    const asForm = await visitor.post(path, { reason: 'x' }, { 'content-type': 'text/plain' });
    expect([asForm.status, asForm.body]).toEqual([
      403,
      '{"message":"A change must come as application/json."}',
    ]);
    const nowhere = await visitor.get(path);
    expect(nowhere.status).toBe(404);
    // Everything is as it should be, apart from the job.
    expect((await visitor.post(path, { reason: 'x' })).status).toBe(404);
  });

  it('localhost is as good a name, and so is the near end of a tunnel', async () => {
    for (const host of ['localhost', 'localhost:9000', '127.0.0.1:9000', '[::1]:9000']) {
      const visitor = aVisitor(server.endpoint);
      const token = tokenIn(server.consoleLink());
      const own = { host, origin: `http://${host}` };
      expect((await visitor.post('/_console/session', { token }, own)).status, host).toBe(200);
      expect((await visitor.get('/_console/overview', { host })).status, host).toBe(200);
    }
  });

  it('every answer forbids to be kept, framed, sniffed or read by others', async () => {
    const visitor = await signedIn(server.endpoint, server.consoleLink());
    for (const answer of [
      await visitor.get('/_console/overview'),
      await visitor.get('/_console/jobs/none'),
    ]) {
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });
});

describe('the page', () => {
  it('that is not built says how to build it', async () => {
    const answer = await aVisitor(server.endpoint).get('/');
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.body).toContain('npm run build:console');
  });

  it('that is built is served under a strict policy, its hashed files for good', async () => {
    await mkdir(join(folder, 'console', 'assets'), { recursive: true });
    await writeFile(join(folder, 'console', 'index.html'), '<!doctype html>built');
    await writeFile(join(folder, 'console', 'assets', 'index-1a2b.js'), 'run()');
    const visitor = aVisitor(server.endpoint);
    const page = await visitor.get('/');
    expect([page.status, page.body, page.headers['cache-control']]).toEqual([
      200,
      '<!doctype html>built',
      'no-cache',
    ]);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self'; style-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|data:|\*/);
    const script = await visitor.get('/assets/index-1a2b.js');
    expect(script).toMatchObject({ status: 200, body: 'run()' });
    expect(script.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect((await visitor.get('/assets/index-gone.js')).status).toBe(404);
    expect((await visitor.get('/', { host: 'rebound.example' })).status).toBe(403);
  });

  it.each([
    '/assets/../index.html',
    '/assets/..%2findex.html',
    '/assets/.hidden',
    '/assets//etc/passwd',
    '/../.slipway/endpoint.json',
  ])('%s leads nowhere', async (path) => {
    const answer = await aVisitor(server.endpoint).get(path);
    expect([403, 404]).toContain(answer.status);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findLocalServer, findServer } from '../../bin/find-server.ts';
import type { ServerOptions } from '../../bin/server.ts';
import type { Terminal } from '../../bin/terminal.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'slipway-find-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const written = {
  endpoint: 'http://127.0.0.1:7411',
  region: 'eu-west-1',
  accessKeyId: 'FILE',
  secretAccessKey: 'file',
  pid: 1,
};

function leaveEndpointFile(dataDir: string, content: object | string = written): string {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'endpoint.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

function terminalIn(cwd: string, env: Readonly<Record<string, string>> = {}): Terminal {
  const output = { write: () => {}, columns: undefined, colors: false };
  return { env, cwd, out: output, err: output, onInterrupt: () => () => {}, exitNow: () => {} };
}

function find(env: Readonly<Record<string, string>>, options: ServerOptions = {}, cwd = root) {
  return findServer(terminalIn(cwd, env), options);
}

const awsKeys = { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 'env' };
const awsEnvironment = {
  AWS_ENDPOINT_URL_BATCH: 'http://127.0.0.1:9001',
  AWS_REGION: 'us-west-2',
  ...awsKeys,
};

describe('findServer', () => {
  test('takes what the server in this folder wrote', () => {
    const file = leaveEndpointFile(join(root, '.slipway'));
    expect(find({})).toEqual({
      endpoint: 'http://127.0.0.1:7411',
      region: 'eu-west-1',
      credentials: { accessKeyId: 'FILE', secretAccessKey: 'file' },
      foundIn: file,
    });
  });

  test('looks in the folders above too, the nearest first', () => {
    leaveEndpointFile(join(root, '.slipway'), { ...written, region: 'far' });
    const near = leaveEndpointFile(join(root, 'a', '.slipway'));
    mkdirSync(join(root, 'a', 'b', 'c'), { recursive: true });
    expect(find({}, {}, join(root, 'a', 'b', 'c')).foundIn).toBe(near);
  });

  test.each<[string, ServerOptions, Record<string, string>, string]>([
    [
      '--endpoint over everything',
      { endpoint: 'http://127.0.0.1:9003' },
      { ...awsEnvironment, SLIPWAY_ENDPOINT: 'http://127.0.0.1:9002' },
      '--endpoint',
    ],
    [
      'SLIPWAY_ENDPOINT over the AWS variable',
      {},
      { ...awsEnvironment, SLIPWAY_ENDPOINT: 'http://127.0.0.1:9002' },
      'SLIPWAY_ENDPOINT',
    ],
    ['the AWS variable over the folder', {}, awsEnvironment, 'AWS_ENDPOINT_URL_BATCH'],
  ])('prefers %s', (_, options, env, foundIn) => {
    leaveEndpointFile(join(root, '.slipway'));
    const server = find(env, options);
    expect(server.foundIn).toBe(foundIn);
    expect(server.credentials).toEqual({ accessKeyId: 'ENV', secretAccessKey: 'env' });
    expect(server.region).toBe('us-west-2');
  });

  test('prefers a typed --data-dir over the environment', () => {
    const file = leaveEndpointFile(join(root, 'elsewhere'));
    expect(find(awsEnvironment, { dataDir: 'elsewhere' }).foundIn).toBe(file);
  });

  test('takes the keys of the folder for an endpoint that is the same server', () => {
    leaveEndpointFile(join(root, '.slipway'));
    const server = find({ SLIPWAY_ENDPOINT: 'http://127.0.0.1:7411/' });
    expect(server.credentials).toMatchObject({ accessKeyId: 'FILE' });
    expect(server.region).toBe('eu-west-1');
  });

  test('does not send the keys of the folder to another server', () => {
    leaveEndpointFile(join(root, '.slipway'));
    expect(() => find({ SLIPWAY_ENDPOINT: 'http://10.0.0.1:7411' })).toThrow(
      'There are no keys to sign calls to http://10.0.0.1:7411 (from SLIPWAY_ENDPOINT).',
    );
  });

  test('lets --region win over what the server says', () => {
    leaveEndpointFile(join(root, '.slipway'));
    expect(find({}, { region: 'ap-south-1' }).region).toBe('ap-south-1');
  });

  test('sends a session token along with the keys of the environment', () => {
    const { credentials } = find({ ...awsEnvironment, AWS_SESSION_TOKEN: 'token' });
    expect(credentials).toMatchObject({ sessionToken: 'token' });
  });

  test.each([
    ['is not JSON', '{"endpoint":', 'Cannot read'],
    ['lacks a key', { ...written, secretAccessKey: undefined }, 'lacks an endpoint, a region or the keys'],
    ['has an endpoint that is no address', { ...written, endpoint: 'here' }, 'lacks an endpoint'],
  ])('says so when the file %s', (_, content, sentence) => {
    const file = leaveEndpointFile(join(root, '.slipway'), content);
    expect(() => find({})).toThrow(sentence);
    expect(() => find({})).toThrow(file);
  });

  test('says which folder has no server', () => {
    expect(() => find({}, { dataDir: 'nothing' })).toThrow(
      `No Slipway server runs with the data folder ${join(root, 'nothing')}.`,
    );
  });
});

describe('findLocalServer', () => {
  test('prefers the folder over AWS variables that an earlier server left in the shell', () => {
    const file = leaveEndpointFile(join(root, '.slipway'));
    expect(findLocalServer(terminalIn(root, awsEnvironment), {}).foundIn).toBe(file);
  });

  test('falls back on the AWS variables', () => {
    expect(findLocalServer(terminalIn(root, awsEnvironment), {}).foundIn).toBe('AWS_ENDPOINT_URL_BATCH');
  });
});

describe('a server in an AWS account', () => {
  const endpoint = 'https://abc123.execute-api.eu-west-1.amazonaws.com';

  test('is signed for as API Gateway wants, in the Region of its address, and has its logs in CloudWatch', () => {
    leaveEndpointFile(join(root, '.slipway'));
    expect(find({ ...awsKeys, AWS_REGION: 'us-west-2' }, { endpoint })).toEqual({
      endpoint,
      region: 'eu-west-1',
      credentials: expect.any(Function),
      foundIn: '--endpoint',
      signsFor: 'execute-api',
      logsEndpoint: 'https://logs.eu-west-1.amazonaws.com',
      jobLogGroup: expect.any(Function),
    });
  });

  test.each([
    [
      'China',
      'https://abc.execute-api.cn-north-1.amazonaws.com.cn',
      {},
      'https://logs.cn-north-1.amazonaws.com.cn',
    ],
    [
      'an emulator',
      'http://abc.execute-api.emulator.test:4566',
      { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://emulator.test:4566' },
      'http://emulator.test:4566',
    ],
    [
      'logs of one’s own',
      endpoint,
      { AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: 'http://127.0.0.1:1', AWS_ENDPOINT_URL: 'http://127.0.0.1:2' },
      'http://127.0.0.1:1',
    ],
  ])('has its logs where the environment says: %s', (_name, address, env, logsEndpoint) => {
    expect(find({ AWS_ENDPOINT_URL_BATCH: address, ...env }).logsEndpoint).toBe(logsEndpoint);
  });

  test('needs to be told the Region where its address does not say', () => {
    expect(() => find({}, { endpoint: 'http://abc.execute-api.emulator.test' })).toThrow('Which Region is');
  });
});

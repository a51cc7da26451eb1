// What the command line does for a server in an AWS account, as far as it needs no account.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { captureCli } from '../capture-cli.ts';

const ENDPOINT = 'https://abc123.execute-api.eu-west-1.amazonaws.com';
let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-env-'));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

it('env writes what makes clients sign for the endpoint, and prints where it is', async () => {
  const { code, out } = await captureCli(['env', '--endpoint', `${ENDPOINT}/`], { cwd });
  const models = join(cwd, '.slipway', 'aws-models');
  expect({ code, out }).toEqual({
    code: 0,
    out:
      `export AWS_DATA_PATH=${models}\nexport AWS_ENDPOINT_URL_BATCH=${ENDPOINT}\n` +
      'export AWS_DEFAULT_REGION=eu-west-1\nexport AWS_REGION=eu-west-1\n',
  });
  const extras = await readFile(join(models, 'batch', '2016-08-10', 'service-2.sdk-extras.json'), 'utf8');
  expect(JSON.parse(extras)).toEqual({ version: 1, merge: { metadata: { signingName: 'execute-api' } } });
});

it.each([
  ['fish', "set -gx AWS_REGION 'eu-central-1'"],
  ['powershell', "$env:AWS_REGION = 'eu-central-1'"],
])('env speaks %s, and takes a Region and a folder', async (shell, line) => {
  const args = [
    'env',
    '--endpoint',
    'https://batch.example.org',
    '--region',
    'eu-central-1',
    '--shell',
    shell,
    '--models-dir',
    'm',
  ];
  const { out } = await captureCli(args, { cwd, env: { AWS_DATA_PATH: '/opt/models' } });
  expect(out).toContain(line);
  expect(out).toContain(`${join(cwd, 'm')}:/opt/models`);
});

it.each([
  [['env', '--endpoint', 'https://batch.example.org'], 'Which Region is https://batch.example.org in?'],
  [['env', '--endpoint', 'ftp://x'], '--endpoint is not an http address: ftp://x'],
  [['proxy', '--endpoint', 'nowhere'], '--endpoint is not an http address: nowhere'],
  [['proxy'], "required option '--endpoint <url>' not specified"],
  [['audit', '--since', 'yesterday'], 'A time such as'],
  [['keys', 'create', '--full-access'], "required option '--name <name>' not specified"],
])('%j is wrong usage', async (args, message) => {
  expect(await captureCli(args, { cwd })).toMatchObject({ code: 2, err: expect.stringContaining(message) });
});

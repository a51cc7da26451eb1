import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dockerConfigAuth } from '../../../adapters/docker/registry-auth.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-registry-auth-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function loginFor(registry: string, config: object | string): Promise<unknown> {
  const file = join(folder, 'config.json');
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
  const header = await dockerConfigAuth(file)(registry);
  return header === undefined ? undefined : JSON.parse(Buffer.from(header, 'base64url').toString());
}

const auth = Buffer.from('me:se:cret').toString('base64');

describe('dockerConfigAuth', () => {
  it('reads a stored login, whose password may hold a colon', async () => {
    expect(await loginFor('r.example', { auths: { 'r.example': { auth } } })).toEqual({
      username: 'me',
      password: 'se:cret',
      serveraddress: 'r.example',
    });
  });

  it('finds a login that was stored with a scheme', async () => {
    const config = { auths: { 'https://r.example': { auth } } };
    expect(await loginFor('r.example', config)).toMatchObject({ username: 'me' });
  });

  it('passes an identity token on', async () => {
    const config = { auths: { 'r.example': { identitytoken: 't' } } };
    expect(await loginFor('r.example', config)).toEqual({ identitytoken: 't', serveraddress: 'r.example' });
  });

  it.each([
    ['another registry', { auths: { 'other.example': { auth } } }],
    ['no login', {}],
    ['a helper that is not installed', { credsStore: 'slipway-absent' }],
  ])('is anonymous with %s', async (_, config) => {
    expect(await loginFor('r.example', config)).toBeUndefined();
  });

  it('is anonymous without a file', async () => {
    expect(await dockerConfigAuth(join(folder, 'absent.json'))('r.example')).toBeUndefined();
  });

  it('says which file is not JSON', async () => {
    await expect(loginFor('r.example', 'not json')).rejects.toThrow(join(folder, 'config.json'));
  });

  it('asks the credential helper of the registry', async () => {
    const helper = join(folder, 'docker-credential-fixed');
    await writeFile(
      helper,
      '#!/bin/sh\nread registry\necho "{\\"Username\\":\\"u\\",\\"Secret\\":\\"for $registry\\"}"\n',
    );
    await chmod(helper, 0o755);
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env['PATH'] ?? ''}`);
    const config = { credHelpers: { 'r.example': 'fixed' }, auths: { 'r.example': { auth } } };
    expect(await loginFor('r.example', config)).toEqual({
      username: 'u',
      password: 'for r.example',
      serveraddress: 'r.example',
    });
    vi.unstubAllEnvs();
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_SECRETS, openSecretsFile } from '../../../adapters/files/secrets-file.ts';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret';
const PARAMETER = 'arn:aws:ssm:us-east-1:123456789012:parameter';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-secrets-'));
  file = join(folder, 'secrets.json');
});
afterEach(() => rm(folder, { recursive: true }));

async function find(entries: object, valueFrom: string) {
  await writeFile(file, JSON.stringify(entries));
  return (await openSecretsFile(file)).find(valueFrom);
}

describe('a secrets file', () => {
  it.each([
    ['the ARN as it is written', { [`${SECRET}:token-AbC123`]: 'v' }, `${SECRET}:token-AbC123`],
    ['the name of a secret', { token: 'v' }, `${SECRET}:token`],
    ['the name without the six characters of its ARN', { token: 'v' }, `${SECRET}:token-AbC123`],
    ['the ARN without them', { [`${SECRET}:token`]: 'v' }, `${SECRET}:token-AbC123`],
    ['a name with slashes', { 'team/token': 'v' }, `${SECRET}:team/token-AbC123`],
    ['a key of an object', { token: { user: 'u', key: 'v' } }, `${SECRET}:token:key::`],
    ['a key of a JSON text', { token: '{"key":"v"}' }, `${SECRET}:token-AbC123:key::`],
    ['a key whatever the version', { token: { key: 'v' } }, `${SECRET}:token:key:AWSPREVIOUS:`],
    ['a version of a whole secret', { token: 'v' }, `${SECRET}:token::AWSCURRENT:`],
    [
      'a whole reference before its parts',
      { [`${SECRET}:token:key::`]: 'v', token: { key: 'w' } },
      `${SECRET}:token:key::`,
    ],
    ['a parameter by its ARN', { [`${PARAMETER}/app/key`]: 'v' }, `${PARAMETER}/app/key`],
    ['a parameter by its path', { '/app/key': 'v' }, `${PARAMETER}/app/key`],
    ['a parameter without its first slash', { key: 'v' }, `${PARAMETER}/key`],
    ['a parameter that is named without ARN', { '/app/key': 'v' }, 'app/key'],
  ])('has %s', async (_, entries, valueFrom) => {
    expect(await find(entries, valueFrom)).toEqual({ found: true, value: 'v' });
  });

  it('gives a whole object as the JSON text that Secrets Manager would hold', async () => {
    const answer = await find({ db: { user: 'u', password: 'p' } }, `${SECRET}:db`);
    expect(answer).toEqual({ found: true, value: '{"user":"u","password":"p"}' });
  });

  it.each([
    ['an unknown name', { other: 'v' }, `${SECRET}:token`, `there is no secret ${SECRET}:token`],
    ['a name of the language', {}, 'constructor', 'there is no secret constructor'],
    [
      'an unknown key',
      { token: { a: 'v' } },
      `${SECRET}:token:b::`,
      `the secret of ${SECRET}:token:b:: has no key b`,
    ],
    [
      'a key of a plain text',
      { token: 'v' },
      `${SECRET}:token:b::`,
      `the secret of ${SECRET}:token:b:: has no key b`,
    ],
  ])('has nothing for %s', async (_, entries, valueFrom, because) => {
    expect(await find(entries, valueFrom)).toEqual({ found: false, because });
  });

  it('is read again for each secret', async () => {
    await writeFile(file, '{"a":"1"}');
    const secrets = await openSecretsFile(file);
    await writeFile(file, '{"a":"2"}');
    expect(await secrets.find('a')).toEqual({ found: true, value: '2' });
    await rm(file);
    const gone = await secrets.find('a');
    expect(gone).toEqual({
      found: false,
      because: 'the secrets file of this server cannot be read any more',
    });
  });

  it.each([
    ['{"a":"hush', 'is not valid JSON'],
    ['["hush"]', 'must hold a JSON object'],
    ['{"a":7}', '"a" must be a string or an object of strings'],
    ['{"a":{"b":["hush"]}}', '"a" must be a string or an object of strings'],
  ])('with %s is refused by name, without its values', async (text, message) => {
    await writeFile(file, text);
    const error: unknown = await openSecretsFile(file).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'SecretsFileError', message: expect.stringContaining(message) });
    expect(String(error)).toContain(file);
    expect(String(error)).not.toContain('hush');
  });

  it('that does not exist is refused', async () => {
    await expect(openSecretsFile(file)).rejects.toMatchObject({ name: 'SecretsFileError' });
  });
});

it('without a file the operator is told how to name one', async () => {
  expect(await NO_SECRETS.find('token')).toMatchObject({
    found: false,
    because: expect.stringContaining('--secrets FILE'),
  });
});

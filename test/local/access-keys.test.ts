// Whose keys are trusted: those of the user's AWS configuration from the first call on, however many come at once.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessKeyStore } from '../../engine/access-ports.ts';
import { createAccessKeys } from '../../local/access-keys.ts';

const NONE: Pick<AccessKeyStore, 'find'> = { find: async () => undefined };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

function keysAt(nowMs: () => number) {
  return createAccessKeys({
    account: '123456789012',
    own: [],
    made: NONE as AccessKeyStore, // only looked up here
    environment: {
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_CONFIG_FILE: join(folder, 'config'),
    },
    nowMs,
  });
}

function writeKey(id: string): Promise<void> {
  const profile = `[default]\naws_access_key_id = ${id}\naws_secret_access_key = secret-of-${id}\n`;
  return writeFile(join(folder, 'credentials'), profile);
}

it('knows a key of the user’s AWS configuration in all of the first calls, though they come at once', async () => {
  await writeKey('AKIAFIRST');
  const keys = keysAt(() => 0);
  const found = await Promise.all(Array.from({ length: 5 }, () => keys.credentialsOf('AKIAFIRST')));
  expect(found.map((key) => key?.secretAccessKey)).toEqual(Array(5).fill('secret-of-AKIAFIRST'));
});

it('reads the files again for a key it does not know, but not more than once a second', async () => {
  let nowMs = 0;
  const keys = keysAt(() => nowMs);
  expect(await keys.credentialsOf('AKIALATER')).toBeUndefined();
  await writeKey('AKIALATER');
  nowMs = 999;
  expect(await keys.credentialsOf('AKIALATER')).toBeUndefined();
  nowMs = 1_000;
  expect(await keys.credentialsOf('AKIALATER')).toMatchObject({ secretAccessKey: 'secret-of-AKIALATER' });
});

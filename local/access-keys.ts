// Who may call: a key pair of our own made at the first start, those the operator named, those in the user's own AWS
// configuration on this machine (so that a CLI that is set up already works), and those made by `slipway keys`, which may have
// policies. Secrets stay in memory and in the data folder.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ownKeyCredentials } from '../api/own-keys.ts';
import type { KnownCredentials } from '../api/sigv4.ts';
import type { Policy } from '../core/access/policy.ts';
import type { AccessKeyStore } from '../engine/access-ports.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

interface SharedKey extends AccessKey {
  readonly sessionToken?: string;
}

export interface AccessKeys {
  credentialsOf(accessKeyId: string): Promise<KnownCredentials | undefined>;
  /** `undefined`: full access. A key that is gone, or never was, may do nothing. */
  policiesOf(accessKeyId: string): Promise<readonly Policy[] | undefined>;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** A new key pair in the form AWS's tools accept: 20 capital letters and digits, and 40 characters of secret. */
export function makeAccessKey(): AccessKey {
  const letters = [...randomBytes(13)].map((byte) => BASE32[byte % 32]).join('');
  return { accessKeyId: `SLIPWAY${letters}`, secretAccessKey: randomBytes(30).toString('base64url') };
}

export interface AccessKeysOptions {
  readonly account: string;
  readonly own: readonly AccessKey[];
  /** Those made by `slipway keys`, with policies of their own. */
  readonly made: AccessKeyStore;
  /** The environment the server was started in: AWS_ACCESS_KEY_ID, AWS_SHARED_CREDENTIALS_FILE, … */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly nowMs: () => number;
}

/** The user's files are read again when an unknown key comes, at most once a second: `aws configure` needs no restart. */
export function createAccessKeys(options: AccessKeysOptions): AccessKeys {
  const own = new Map<string, SharedKey>(options.own.map((key) => [key.accessKeyId, key]));
  let shared: ReadonlyMap<string, SharedKey> = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<ReadonlyMap<string, SharedKey>> | undefined;
  const madeCredentials = ownKeyCredentials(options.made, 'aws', options.account);
  /** Calls that come with a key while its file is being read all wait for that reading. */
  const readAgain = async (): Promise<void> => {
    if (!reading) {
      if (options.nowMs() - readAtMs < 1_000) return;
      readAtMs = options.nowMs();
      reading = readSharedKeys(options.environment);
    }
    try {
      shared = await reading;
    } finally {
      reading = undefined;
    }
  };
  return {
    async credentialsOf(accessKeyId) {
      const made = await madeCredentials(accessKeyId);
      if (made) return made;
      const known = own.get(accessKeyId) ?? shared.get(accessKeyId);
      if (!known) await readAgain();
      const key = known ?? shared.get(accessKeyId);
      return key && knownCredentials(options.account, key);
    },
    async policiesOf(accessKeyId) {
      const made = await options.made.find(accessKeyId);
      if (made) return made.policies;
      return own.has(accessKeyId) || shared.has(accessKeyId) ? undefined : [];
    },
  };
}

function knownCredentials(account: string, key: SharedKey): KnownCredentials {
  return {
    secretAccessKey: key.secretAccessKey,
    ...(key.sessionToken === undefined ? {} : { sessionToken: key.sessionToken }),
    identity: {
      arn: `arn:aws:iam::${account}:user/${key.accessKeyId.toLowerCase()}`,
      accountId: account,
      accessKeyId: key.accessKeyId,
      principalId: key.accessKeyId,
      type: 'IAMUser',
    },
  };
}

async function readSharedKeys(
  environment: AccessKeysOptions['environment'],
): Promise<Map<string, SharedKey>> {
  const home = environment['HOME'] ?? homedir();
  const files = [
    environment['AWS_SHARED_CREDENTIALS_FILE'] ?? join(home, '.aws', 'credentials'),
    environment['AWS_CONFIG_FILE'] ?? join(home, '.aws', 'config'),
  ];
  const texts = await Promise.all(files.map(readIfThere));
  const keys = texts.flatMap(parseProfiles);
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = environment;
  if (id && secret)
    keys.push({ accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) });
  return new Map(keys.map((key) => [key.accessKeyId, key]));
}

async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // A user without AWS configuration, or one that this server may not read: their keys are not trusted, no more.
    const code = (error as NodeJS.ErrnoException).code; // fs rejects with errno errors
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR' || code === 'EISDIR') return '';
    throw error;
  }
}

/** The key pairs of an AWS credentials or config file; profiles that hold none (SSO, roles) are passed over. */
export function parseProfiles(text: string): SharedKey[] {
  return text
    .split(/^\s*\[.*\]\s*$/m)
    .map((section) =>
      Object.fromEntries(
        [...section.matchAll(/^\s*(aws_[a-z_]+)\s*=\s*(\S+)\s*$/gim)].map(([, name, value]) => [
          name?.toLowerCase(),
          value,
        ]),
      ),
    )
    .flatMap(({ aws_access_key_id: id, aws_secret_access_key: secret, aws_session_token: token }) =>
      id && secret
        ? [{ accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) }]
        : [],
    );
}

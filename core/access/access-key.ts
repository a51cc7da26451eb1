// A key pair of our own with the policies that bind whoever signs with it: the record that both homes keep, and its rules.
import { countProblems, NO_PROBLEMS, problem } from '../definition/problem.ts';
import type { Problems } from '../definition/problem.ts';
import type { EpochMs } from '../ids.ts';
import { member } from './members.ts';
import type { Policy } from './policy.ts';
import { parsePolicy } from './policy.ts';
import type { Caller } from './question.ts';

export interface AccessKeyRecord {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly name: string;
  /** Policy documents as they were given. None: full access. */
  readonly policies: readonly object[];
  readonly createdAt: EpochMs;
  /** Set on a key that another has replaced: from then on it is refused. */
  readonly expiresAt?: EpochMs;
}

/** What may be told of a key to whoever may see the list: everything but the secret. */
export type ShownAccessKey = Omit<AccessKeyRecord, 'secretAccessKey'>;

/** A record whose policies have been read. */
export interface UsableAccessKey {
  readonly record: AccessKeyRecord;
  /** Absent: full access. */
  readonly policies?: readonly Policy[];
}

export const POLICIES_MAX = 10;
const NAME = /^[\w+=,.@-]{1,64}$/;
/** Ours begin with SLIPWAY; an operator may bring others to the local server. */
const OWN_KEY_ID = /^SLIPWAY[A-Z2-7]{13}$/;

/** Whether a text has the form of the ids we make. Checked before it is looked up anywhere: it is a stranger's text. */
export function isOwnKeyId(accessKeyId: string): boolean {
  return OWN_KEY_ID.test(accessKeyId);
}

/** The rules of a key to be made: IAM's characters for a user's name, and policies that IAM's grammar allows. */
export function newKeyProblems(name: unknown, policies: unknown): Problems {
  const named =
    typeof name === 'string' && NAME.test(name)
      ? NO_PROBLEMS
      : problem('name', 'must have 1 to 64 letters, digits or any of _ + = , . @ -', name ?? null);
  if (!Array.isArray(policies)) return [...named, ...problem('policies', 'must be a list', policies ?? null)];
  return [
    ...named,
    ...countProblems('policies', policies, { max: POLICIES_MAX }),
    ...policies.flatMap((document, index) => {
      const parsed = parsePolicy(document, `policies[${index}]`);
      return parsed.ok ? NO_PROBLEMS : parsed.problems;
    }),
  ];
}

/** Reads a kept record; `undefined` when it is none. A policy that cannot be read allows nothing, rather than everything. */
export function readAccessKey(kept: unknown): UsableAccessKey | undefined {
  const [accessKeyId, secretAccessKey, name, policies, createdAt, expiresAt] = [
    'accessKeyId',
    'secretAccessKey',
    'name',
    'policies',
    'createdAt',
    'expiresAt',
  ].map((field) => member(kept, field));
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || secretAccessKey === '') {
    return undefined;
  }
  if (typeof name !== 'string' || !Array.isArray(policies) || typeof createdAt !== 'number') return undefined;
  const documents: readonly unknown[] = policies;
  const record: AccessKeyRecord = {
    accessKeyId,
    secretAccessKey,
    name,
    policies: documents.filter((document) => typeof document === 'object' && document !== null),
    createdAt,
    ...(typeof expiresAt === 'number' ? { expiresAt } : {}),
  };
  if (documents.length === 0) return { record };
  return {
    record,
    policies: documents.flatMap((document) => {
      const parsed = parsePolicy(document);
      return parsed.ok ? [parsed.policy] : [];
    }),
  };
}

export function shownKey({ secretAccessKey: _secret, ...shown }: AccessKeyRecord): ShownAccessKey {
  return shown;
}

/** Who signs with the key: a user of the account with the key's name. */
export function keyCaller(
  { accessKeyId, name }: Pick<AccessKeyRecord, 'accessKeyId' | 'name'>,
  partition: string,
  account: string,
): Caller {
  return {
    arn: `arn:${partition}:iam::${account}:user/${name}`,
    accountId: account,
    accessKeyId,
    principalId: accessKeyId,
    type: 'IAMUser',
  };
}

import { expect, it } from 'vitest';
import { ownKeyCredentials, ownKeyPolicies } from '../../api/own-keys.ts';
import { keyCaller, readAccessKey } from '../../core/access/access-key.ts';
import type { AccessKeyStore } from '../../engine/access-ports.ts';
import { IDENTITY } from './sdk-roundtrip.ts';

const ID = 'SLIPWAYAAAAAAAAAAAAA';

function aStore(more: object): Pick<AccessKeyStore, 'find'> & AccessKeyStore {
  const key = readAccessKey({
    accessKeyId: ID,
    secretAccessKey: 's',
    name: 'ci',
    policies: [],
    createdAt: 1,
    ...more,
  });
  const never = (): never => {
    throw new Error('only find is asked');
  };
  return {
    find: async (id) => (id === ID ? key : undefined),
    list: never,
    create: never,
    rotate: never,
    delete: never,
  };
}

it('gives what a signature is verified with, and who signed', async () => {
  const credentialsOf = ownKeyCredentials(aStore({ expiresAt: 7 }), 'aws-cn', '123456789012');
  expect(await credentialsOf(ID)).toEqual({
    secretAccessKey: 's',
    expiresAtMs: 7,
    identity: {
      arn: 'arn:aws-cn:iam::123456789012:user/ci',
      accountId: '123456789012',
      accessKeyId: ID,
      principalId: ID,
      type: 'IAMUser',
    },
  });
  expect(await credentialsOf('SLIPWAYBBBBBBBBBBBBB')).toBeUndefined();
});

it('allows everything to a key without policies, and nothing to one that is gone or whose policy is damaged', async () => {
  const caller = keyCaller({ accessKeyId: ID, name: 'ci' }, 'aws', '123456789012');
  expect(await ownKeyPolicies(aStore({}))(caller)).toBeUndefined();
  expect(await ownKeyPolicies(aStore({}))(IDENTITY)).toEqual([]);
  expect(await ownKeyPolicies(aStore({ policies: [{ Statement: 'x' }] }))(caller)).toEqual([]);
});

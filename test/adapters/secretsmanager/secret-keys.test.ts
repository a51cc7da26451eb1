import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { createSecretKeys } from '../../../adapters/secretsmanager/secret-keys.ts';
import type { AccessKeyStore } from '../../../engine/access-ports.ts';

const POLICY = { Statement: { Effect: 'Allow', Action: 'batch:*', Resource: '*' } };
const ids = ['A', 'B', 'C'].map((letter) => `SLIPWAY${letter.repeat(13)}`);

interface Fake {
  readonly keys: AccessKeyStore;
  readonly secrets: Map<string, string>;
  reads: number;
  nowMs: number;
}

function aStore(): Fake {
  const secrets = new Map<string, string>();
  const state = { reads: 0, nowMs: 1_000 };
  const gone = (): Error => Object.assign(new Error('no'), { name: 'ResourceNotFoundException' });
  const client = Object.assign(new SecretsManagerClient({ region: 'eu-west-1' }), {
    send: async (command: unknown): Promise<object> => {
      if (command instanceof GetSecretValueCommand) {
        state.reads += 1;
        const found = secrets.get(command.input.SecretId ?? '');
        if (found === undefined) throw gone();
        return { SecretString: found };
      }
      if (command instanceof CreateSecretCommand) {
        secrets.set(command.input.Name ?? '', command.input.SecretString ?? '');
        return {};
      }
      if (command instanceof PutSecretValueCommand) {
        secrets.set(command.input.SecretId ?? '', command.input.SecretString ?? '');
        return {};
      }
      if (command instanceof DeleteSecretCommand) {
        expect(command.input.ForceDeleteWithoutRecovery).toBe(true);
        if (!secrets.delete(command.input.SecretId ?? '')) throw gone();
        return {};
      }
      if (command instanceof ListSecretsCommand)
        return { SecretList: [...secrets.keys()].map((Name) => ({ Name })) };
      throw new Error('an unknown command');
    },
  });
  let made = 0;
  const keys = createSecretKeys({
    client,
    prefix: 'slipway/keys/',
    clock: { now: () => state.nowMs },
    makeKey: () => ({ accessKeyId: ids[made++] ?? '', secretAccessKey: 'secret' }),
  });
  return Object.assign(state, { keys, secrets });
}

describe('keys in Secrets Manager', () => {
  it('are one secret each, and read back with their policies', async () => {
    const store = aStore();
    const record = await store.keys.create('ci', [POLICY]);
    expect(JSON.parse(store.secrets.get(`slipway/keys/${ids[0]}`) ?? '')).toEqual({
      accessKeyId: ids[0],
      secretAccessKey: 'secret',
      name: 'ci',
      policies: [POLICY],
      createdAt: 1_000,
    });
    const found = await store.keys.find(record.accessKeyId);
    expect(found).toMatchObject({ record, policies: [{ statements: [{ effect: 'Allow' }] }] });
  });

  it('are remembered for a minute, found or not', async () => {
    const store = aStore();
    await store.keys.create('ci', []);
    const [known = '', unknown = ''] = ids;
    for (const id of [known, unknown, known, unknown]) await store.keys.find(id);
    expect(store.reads).toBe(2);
    store.nowMs += 61_000;
    await store.keys.find(known);
    expect(store.reads).toBe(3);
  });

  it('are not looked up by a text that cannot be the id of one', async () => {
    const store = aStore();
    for (const text of [
      '',
      'AKIAIOSFODNN7EXAMPLE',
      'arn:aws:secretsmanager:x:1:secret:y',
      '../SLIPWAYAAAAAAAAAAAAA',
    ]) {
      expect(await store.keys.find(text)).toBeUndefined();
    }
    expect(store.reads).toBe(0);
  });

  it('are listed without their secrets, and without what lies beside them', async () => {
    const store = aStore();
    await store.keys.create('ci', []);
    store.secrets.set('slipway/keys/other', '{}').set(`x/slipway/keys/${ids[0]}`, '{}');
    const listed = await store.keys.list();
    expect(listed).toEqual([{ accessKeyId: ids[0], name: 'ci', policies: [], createdAt: 1_000 }]);
  });

  it('are replaced, at once or after a while, and deleted', async () => {
    const store = aStore();
    const [first = '', second = '', third = ''] = ids;
    await store.keys.create('ci', [POLICY]);
    expect(await store.keys.rotate(first, 5_000)).toMatchObject({
      accessKeyId: second,
      name: 'ci',
      policies: [POLICY],
    });
    expect((await store.keys.find(first))?.record.expiresAt).toBe(6_000);
    await store.keys.rotate(second, 0);
    expect(await store.keys.find(second)).toBeUndefined();
    expect(await store.keys.delete(third)).toBe('deleted');
    expect(await store.keys.find(third)).toBeUndefined();
    expect(await store.keys.delete(third)).toBe('missing');
    expect(await store.keys.rotate(third, 0)).toBeUndefined();
  });

  it.each([
    ['no JSON', 'x', 'is not JSON'],
    [
      'another key',
      `{"accessKeyId":"${ids[1]}","secretAccessKey":"s","name":"n","policies":[],"createdAt":1}`,
      'holds no access key of that id',
    ],
    [
      'no policies',
      `{"accessKeyId":"${ids[0]}","secretAccessKey":"s","name":"n","createdAt":1}`,
      'holds no access key of that id',
    ],
  ])('let nobody in when a secret holds %s', async (_what, text, message) => {
    const store = aStore();
    store.secrets.set(`slipway/keys/${ids[0]}`, text);
    await expect(store.keys.find(ids[0] ?? '')).rejects.toThrow(message);
  });

  it('may do nothing by a policy that cannot be understood', async () => {
    const store = aStore();
    const record = { accessKeyId: ids[0], secretAccessKey: 's', name: 'n', policies: ['*'], createdAt: 1 };
    store.secrets.set(`slipway/keys/${ids[0]}`, JSON.stringify(record));
    expect((await store.keys.find(ids[0] ?? ''))?.policies).toEqual([]);
  });
});

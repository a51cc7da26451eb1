// The access keys of a home in an AWS account, for the command line: in Secrets Manager, with the user's own AWS credentials.
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretKeys } from '../adapters/secretsmanager/secret-keys.ts';
import type { AccessKeyStore } from '../engine/access-ports.ts';
import { makeAccessKey } from './access-keys.ts';

export function openCloudKeys(region: string, prefix: string): AccessKeyStore & { close(): void } {
  const client = new SecretsManagerClient({ region });
  const keys = createSecretKeys({ client, prefix, clock: { now: () => Date.now() }, makeKey: makeAccessKey });
  return { ...keys, close: () => client.destroy() };
}

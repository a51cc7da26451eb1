// /_slipway/keys: makes, lists, replaces and deletes the key pairs of this home. `authorize` lets only callers with full access
// through: whoever may make keys could make one that may do anything.
import { newKeyProblems } from '../core/access/access-key.ts';
import { member } from '../core/access/members.ts';
import type { AccessKeyStore } from '../engine/access-ports.ts';
import type { SideEndpoint } from './endpoints.ts';
import { ClientException } from './errors.ts';
import { decodePercent, readJsonBody } from './request.ts';

/** A replaced key may go on for a week at most. */
const OVERLAP_HOURS_MAX = 168;
const HOUR_MS = 3_600_000;

export function createKeyEndpoints(keys: AccessKeyStore): readonly SideEndpoint[] {
  return [
    keyEndpoint('GET', '/_slipway/keys', 'ListAccessKeys', async () => ({ keys: await keys.list() })),
    keyEndpoint('POST', '/_slipway/keys', 'CreateAccessKey', (input) => createKey(keys, input)),
    keyEndpoint('POST', '/_slipway/keys/([^/]+)/rotate', 'RotateAccessKey', (input) =>
      rotateKey(keys, input),
    ),
    keyEndpoint('DELETE', '/_slipway/keys/([^/]+)', 'DeleteAccessKey', (input) => deleteKey(keys, input)),
  ];
}

function keyEndpoint(
  method: string,
  pathPattern: string,
  operation: string,
  handle: (input: object) => Promise<object>,
): SideEndpoint {
  const path = new RegExp(`^${pathPattern}$`);
  return {
    method,
    path,
    service: 'slipway',
    operation,
    readOnly: method === 'GET',
    readInput(request) {
      const label = path.exec(request.rawPath)?.[1];
      return {
        ...(method === 'POST' ? readJsonBody(request) : {}),
        // Last: the body must not name another key than the path.
        ...(label === undefined ? {} : { accessKeyId: decodePercent(label) }),
      };
    },
    handle: (_context, input) => handle(input),
  };
}

async function createKey(keys: AccessKeyStore, input: object): Promise<object> {
  const [name, policies] = [member(input, 'name'), member(input, 'policies') ?? []];
  const [wrong] = newKeyProblems(name, policies);
  if (wrong) throw new ClientException(wrong.message);
  return keys.create(name as string, policies as readonly object[]); // the rules say so
}

async function rotateKey(keys: AccessKeyStore, input: object): Promise<object> {
  const hours = member(input, 'overlapHours') ?? 0;
  if (typeof hours !== 'number' || !(hours >= 0 && hours <= OVERLAP_HOURS_MAX)) {
    throw new ClientException(
      `overlapHours must be a number from 0 to ${OVERLAP_HOURS_MAX}, but is ${JSON.stringify(hours)}.`,
    );
  }
  const accessKeyId = keyIdOf(input);
  const made = await keys.rotate(accessKeyId, Math.round(hours * HOUR_MS));
  if (!made) throw noSuchKey(accessKeyId);
  return made;
}

async function deleteKey(keys: AccessKeyStore, input: object): Promise<object> {
  const accessKeyId = keyIdOf(input);
  if ((await keys.delete(accessKeyId)) === 'missing') throw noSuchKey(accessKeyId);
  return { accessKeyId };
}

function keyIdOf(input: object): string {
  return String(member(input, 'accessKeyId'));
}

function noSuchKey(accessKeyId: string): ClientException {
  return new ClientException(
    `accessKeyId must be that of a key which \`slipway keys list\` shows, but is ${JSON.stringify(accessKeyId.slice(0, 128))}.`,
    404,
  );
}

// The Engine's calls on one container, each answered by a value for what is expected and an error for what is not.
import { parseInspection, recordOf, textOf } from './container-state.ts';
import type { Inspection } from './container-state.ts';
import type { CreateBody } from './create-body.ts';
import type { EngineClient } from './engine-client.ts';
import { isStatus } from './engine-errors.ts';

/** ECS's own limits for these steps; a machine under load may need minutes to unpack an image. */
export const CREATE_TIMEOUT_SECONDS = 240;
export const START_TIMEOUT_SECONDS = 180;
/** What the Engine may take on top of the grace to kill a container and to say so. */
const STOP_SLACK_SECONDS = 60;

export type Created =
  | { readonly kind: 'created'; readonly warnings: readonly string[] }
  | { readonly kind: 'name-taken' }
  | { readonly kind: 'no-image' };

export async function createContainer(
  client: EngineClient,
  name: string,
  body: CreateBody,
  platform: string | undefined,
): Promise<Created> {
  try {
    const answer = await client.call({
      method: 'POST',
      path: '/containers/create',
      query: { name, platform },
      body,
      timeoutMs: CREATE_TIMEOUT_SECONDS * 1000,
    });
    const warnings: unknown = recordOf(answer)['Warnings'];
    return { kind: 'created', warnings: Array.isArray(warnings) ? warnings.map(textOf) : [] };
  } catch (error) {
    if (isStatus(error, 409)) return { kind: 'name-taken' };
    if (isStatus(error, 404)) return { kind: 'no-image' };
    throw error;
  }
}

/** `undefined`: there is no such container. */
export async function inspectContainer(
  client: EngineClient,
  name: string,
  signal?: AbortSignal,
): Promise<Inspection | undefined> {
  try {
    return parseInspection(await client.call({ method: 'GET', path: `/containers/${name}/json`, signal }));
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/**
 * Never sent twice: a start of a container that has run already runs it again. When no answer comes, inspect it.
 */
export async function startContainer(client: EngineClient, name: string): Promise<void> {
  const timeoutMs = START_TIMEOUT_SECONDS * 1000;
  await client.call({ method: 'POST', path: `/containers/${name}/start`, timeoutMs, once: true });
}

/**
 * Resolves when the container is not running (any more). To be called after the start, never beside it: a wait for the
 * next exit that races the start may hang.
 */
export async function waitForEnd(client: EngineClient, name: string, signal: AbortSignal): Promise<void> {
  const query = { condition: 'not-running' };
  const answer = await client.stream({ method: 'POST', path: `/containers/${name}/wait`, query, signal });
  for await (const chunk of answer) void chunk; // what it says is read from the container itself
}

/** The image's stop signal (SIGTERM unless it names another), then SIGKILL after the grace. Already ended: nothing. */
export async function stopContainer(
  client: EngineClient,
  name: string,
  graceSeconds: number,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await client.call({
      method: 'POST',
      path: `/containers/${name}/stop`,
      query: { t: String(Math.ceil(graceSeconds)) },
      timeoutMs: (graceSeconds + STOP_SLACK_SECONDS) * 1000,
      signal,
    });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

/** Removes the container with its anonymous volumes, killing it if it still runs. Already gone or going: nothing. */
export async function removeContainer(
  client: EngineClient,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  try {
    const query = { force: '1', v: '1' };
    await client.call({ method: 'DELETE', path: `/containers/${name}`, query, signal });
  } catch (error) {
    if (!isStatus(error, 404) && !isStatus(error, 409)) throw error;
  }
}

/** Removes a volume that no other container has; one that is shared goes with the last of those that do. */
export async function removeVolume(client: EngineClient, name: string, signal?: AbortSignal): Promise<void> {
  try {
    await client.call({ method: 'DELETE', path: `/volumes/${name}`, query: { force: '1' }, signal });
  } catch (error) {
    if (isStatus(error, 404)) return;
    // The Engine may take a moment to let go of a volume whose container it has just removed.
    if (isStatus(error, 409) && (await isMounted(client, name, signal))) return;
    throw error;
  }
}

async function isMounted(client: EngineClient, volume: string, signal?: AbortSignal): Promise<boolean> {
  const query = { all: '1', filters: JSON.stringify({ volume: [volume] }) };
  const found = await client.call({ method: 'GET', path: '/containers/json', query, signal });
  return Array.isArray(found) && found.length > 0;
}

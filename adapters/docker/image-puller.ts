// Pulls images, one pull at a time for each: attempts that wait for the same image share it. Invariant: a pull belongs to
// nobody, so an attempt that is stopped leaves its fellows' pull alone.
import { EngineError } from './engine-errors.ts';
import { recordOf, textOf } from './container-state.ts';
import type { EngineClient } from './engine-client.ts';
import { parseImageReference } from './image-reference.ts';
import type { RegistryAuth } from './registry-auth.ts';

export interface ImagePuller {
  /** Resolves when the image is on the machine; rejects with the Engine's words as an `EngineError` when it cannot be had. */
  pull(image: string, platform: string | undefined): Promise<void>;
  /** Ends all pulls. */
  close(): void;
}

export function createImagePuller(client: EngineClient, registryAuth: RegistryAuth | undefined): ImagePuller {
  const underWay = new Map<string, Promise<void>>();
  const closing = new AbortController();
  return {
    pull(image, platform) {
      const key = `${platform ?? ''} ${image}`;
      const known = underWay.get(key);
      if (known) return known;
      const pulled = pullOnce(client, image, platform, registryAuth, closing.signal).finally(() => {
        underWay.delete(key);
      });
      underWay.set(key, pulled);
      return pulled;
    },
    close() {
      closing.abort(new Error('The runtime was closed during a pull.'));
    },
  };
}

async function pullOnce(
  client: EngineClient,
  image: string,
  platform: string | undefined,
  registryAuth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<void> {
  const reference = parseImageReference(image);
  const auth = await registryAuth?.(reference.registry);
  const progress = await client.stream({
    method: 'POST',
    path: '/images/create',
    query: { fromImage: reference.repository, tag: reference.tag, platform },
    ...(auth === undefined ? {} : { headers: { 'x-registry-auth': auth } }),
    // The head comes after the registry was asked for the manifest, which may be slow; layers come after it.
    timeoutMs: 120_000,
    signal,
  });
  const failure = await lastError(progress);
  if (failure !== undefined) throw new EngineError(500, failure);
}

/** A pull that fails on the way says so in its progress lines, under a status that was already 200. */
async function lastError(progress: AsyncIterable<Buffer>): Promise<string | undefined> {
  let failure: string | undefined;
  let rest = '';
  const read = (line: string): void => {
    if (line.trim() === '') return;
    const message = textOf(recordOf(JSON.parse(line))['error']);
    if (message !== '') failure = message;
  };
  for await (const chunk of progress) {
    const lines = (rest + chunk.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(read);
  }
  read(rest);
  return failure;
}

// Reads an image name as the Engine's pull wants it. Pure. Invariant: the tag is never empty, as an empty one makes the
// Engine pull every tag the repository has.

export interface ImageReference {
  /** Host and path, without tag and digest. */
  readonly repository: string;
  /** A tag, or a digest with its algorithm; the digest wins where a name has both. */
  readonly tag: string;
  /** The registry's host; Docker Hub has its historic key here, under which logins are kept. */
  readonly registry: string;
}

const DOCKER_HUB = 'https://index.docker.io/v1/';

export function parseImageReference(image: string): ImageReference {
  const [name, digest] = splitOnce(image, '@');
  const lastSlash = name.lastIndexOf('/');
  const colon = name.indexOf(':', lastSlash + 1);
  const repository = colon === -1 ? name : name.slice(0, colon);
  const tag = colon === -1 ? 'latest' : name.slice(colon + 1);
  return { repository, tag: digest ?? (tag || 'latest'), registry: registryOf(repository) };
}

/** The first part is a host only when it looks like one: `library/x` is a path on Docker Hub, `localhost/x` is not. */
function registryOf(repository: string): string {
  const [first, rest] = splitOnce(repository, '/');
  const isHost = rest !== undefined && (first.includes('.') || first.includes(':') || first === 'localhost');
  return isHost && first !== 'docker.io' && first !== 'index.docker.io' ? first : DOCKER_HUB;
}

function splitOnce(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

// Calls to the server that served this page. Three ways to fail, which the page shows differently: nobody answers, be it this server or
// the one that it asks, the session is over, or the server refuses with a sentence.
export class UnreachableError extends Error {
  override readonly name: string = 'UnreachableError';
}
/** This server answers, and the one that it asks does not; the sentence says why. */
export class UnreachableBehindError extends UnreachableError {
  override readonly name = 'UnreachableBehindError';
}
export class SignedOutError extends Error {
  override readonly name = 'SignedOutError';
}
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** `Answer` is what the server's route answers: see api/console/wire.ts. */
export function read<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return call<Answer>(path, signal ? { signal } : {});
}

export function write<Answer>(path: string, body: object): Promise<Answer> {
  return call<Answer>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** What is behind this server cannot be asked now. */
const AWAY = 424;

async function call<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`/_console/${path}`, { credentials: 'same-origin', cache: 'no-store', ...init });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new UnreachableError('The server does not answer.', { cause: error });
  }
  if (response.status === AWAY) throw new UnreachableBehindError(await sentenceIn(response));
  if (response.status === 401) throw new SignedOutError('The session is over.');
  if (!response.ok) throw new RefusedError(response.status, await sentenceIn(response));
  return (await response.json()) as Answer; // the server writes the same types of api/console/wire.ts
}

async function sentenceIn(response: Response): Promise<string> {
  const text = await response.text();
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown }; // any JSON the server sent
    if (typeof message === 'string') return message;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // not JSON: told by its status alone
  }
  return `The server answered ${response.status}.`;
}

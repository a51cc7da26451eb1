// A browser as the server sees it: requests with the headers that browsers set by themselves, and a cookie jar of one cookie.
import type { IncomingMessage } from 'node:http';
import { request } from 'node:http';
import { json, text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Visitor {
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  post(path: string, body: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The body of a GET that must succeed. */
  read<Value>(path: string): Promise<Value>;
  stream(path: string): Promise<IncomingMessage>;
  readonly cookie: string;
}

/** What a browser adds to the requests of a page of this origin. */
const OWN_PAGE = { 'sec-fetch-site': 'same-origin' };

export function aVisitor(endpoint: string, cookie = ''): Visitor {
  const { host, hostname, port, origin } = new URL(endpoint);
  let jar = cookie;
  const open = (
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const all = { host, ...OWN_PAGE, ...(jar === '' ? {} : { cookie: jar }), ...headers };
      const outgoing = request({ hostname, port, method, path, headers: all }, resolve);
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  const call = async (...args: Parameters<typeof open>): Promise<Answer> => {
    const response = await open(...args);
    const [set] = response.headers['set-cookie'] ?? [];
    if (set !== undefined) jar = set.split(';')[0] ?? '';
    return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
  };
  return {
    get: (path, headers = {}) => call('GET', path, headers),
    post: (path, body, headers = {}) =>
      call('POST', path, { origin, 'content-type': 'application/json', ...headers }, JSON.stringify(body)),
    async read<Value>(path: string) {
      const response = await open('GET', path, {});
      const body = await json(response);
      if (response.statusCode !== 200)
        throw new Error(`${path}: ${response.statusCode} ${JSON.stringify(body)}`);
      return body as Value; // wire.ts says what the route answers
    },
    stream: (path) => open('GET', path, {}),
    get cookie() {
      return jar;
    },
  };
}

/** A visitor who opened the link. */
export async function signedIn(endpoint: string, link: string): Promise<Visitor> {
  const visitor = aVisitor(endpoint);
  const answer = await visitor.post('/_console/session', { token: tokenIn(link) });
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.body}`);
  return visitor;
}

export function tokenIn(link: string): string {
  return /#token=([\w-]+)$/.exec(link)?.[1] ?? '';
}

// Pages of a list: how many entries, where to go on. A token is bound to the operation, the scope and the parameters it was
// made for, so that one from another call is refused instead of giving a page of something else. It is not a secret and
// is not signed: what it says is a position, to be used inside the caller's own scope only.
import { createHash } from 'node:crypto';
import type { Scope } from '../core/ids.ts';
import { ClientException } from './errors.ts';
import { JOB_PAGE_SIZE, PAGE_SIZE, PAGE_TOKEN_CHARACTERS } from './limits.ts';

export interface PagedInput {
  readonly maxResults?: number;
  readonly nextToken?: string;
}

export interface PageRequest {
  readonly limit: number;
  /** Where the last page ended, as the operation said it then; absent for the first page. */
  readonly after?: string;
  /** The `nextToken` member for the answer; nothing when `position` is undefined, at the end. */
  tokenFor(position: string | undefined): { readonly nextToken?: string };
}

/**
 * Reads `maxResults` (1 to `size`, which is also its default) and `nextToken`. All other members of the input are what the
 * token is bound to. Throws `ClientException`.
 */
export function readPage(
  operation: string,
  scope: Scope,
  input: PagedInput & Readonly<Record<string, unknown>>,
  size: number = PAGE_SIZE,
): PageRequest {
  const { maxResults, nextToken, ...parameters } = input;
  const limit = maxResults ?? size;
  if (limit < 1 || limit > size) {
    throw new ClientException(`${operation}.maxResults must be from 1 to ${size}; received ${limit}.`);
  }
  const tokens = pageTokens(operation, scope, parameters);
  const after = nextToken === undefined ? undefined : tokens.open(nextToken);
  if (nextToken !== undefined && after === undefined) {
    const rule = 'is not a token that this operation returned for the same parameters';
    throw new ClientException(`${operation}.nextToken ${rule}.`);
  }
  return {
    limit,
    ...(after !== undefined && { after }),
    tokenFor: (position) => (position === undefined ? {} : { nextToken: tokens.seal(position) }),
  };
}

export interface PageTokens {
  seal(position: string): string;
  /** The position a token was made of; `undefined` for a token of another call, or no token at all. */
  open(token: string): string | undefined;
}

/** Tokens for one operation, scope and set of parameters. */
export function pageTokens(operation: string, scope: Scope, parameters: object): PageTokens {
  const binding = bindingOf(operation, scope, parameters);
  const seal = (position: string): string =>
    Buffer.from(`${binding}${position}`, 'utf8').toString('base64url');
  return {
    seal,
    open(token) {
      if (token.length > PAGE_TOKEN_CHARACTERS) return undefined;
      const text = Buffer.from(token, 'base64url').toString('utf8');
      const position = text.slice(BINDING_CHARACTERS);
      return text.startsWith(binding) && seal(position) === token ? position : undefined;
    },
  };
}

/** ListJobs gives pages of up to 1000, of up to 100 with filters. */
export function jobPageSize(input: { readonly filters?: readonly unknown[] }): number {
  return input.filters !== undefined && input.filters.length > 0 ? PAGE_SIZE : JOB_PAGE_SIZE;
}

/** The part of `items` that a page shows, for an operation that has its whole list in memory; `keyOf` must grow along the list. */
export function pageOfList<Item>(
  page: Pick<PageRequest, 'limit' | 'after'>,
  items: readonly Item[],
  keyOf: (item: Item) => string,
): { readonly items: readonly Item[]; readonly next: string | undefined } {
  const { after } = page;
  const start = after === undefined ? 0 : items.findIndex((item) => keyOf(item) > after);
  if (start < 0) return { items: [], next: undefined };
  const shown = items.slice(start, start + page.limit);
  const last = shown.at(-1);
  return {
    items: shown,
    next: last !== undefined && start + page.limit < items.length ? keyOf(last) : undefined,
  };
}

const BINDING_CHARACTERS = 16;

function bindingOf(operation: string, scope: Scope, parameters: object): string {
  const text = JSON.stringify([operation, scope.account, scope.region, canonical(parameters)]);
  return createHash('sha256').update(text).digest('base64url').slice(0, BINDING_CHARACTERS);
}

/** The same value with members in one order and absent ones gone: two ways to write one request. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return present.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member)]);
}

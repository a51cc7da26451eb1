// Where a page ended, as an opaque text that only the same query accepts.
import type { IndexQuery } from '../../engine/table-ports.ts';
import { BadPageTokenError } from '../../engine/table-ports.ts';

/** Where a row stands in its partition. The sort value is the sk itself when the query has no index. */
export interface Position {
  readonly sort: string;
  readonly pk: string;
  readonly sk: string;
}

const FORMAT = 1;

function identityOf({ table, index, partition, descending }: IndexQuery): string {
  return JSON.stringify([FORMAT, table, index ?? 'primary', partition, descending === true]);
}

export function pageToken(query: IndexQuery, { sort, pk, sk }: Position): string {
  return Buffer.from(JSON.stringify([identityOf(query), sort, pk, sk])).toString('base64url');
}

/** Throws BadPageTokenError for a token of another query, or for no token at all. */
export function positionOf(query: IndexQuery, token: string): Position {
  const parts = parse(token);
  if (parts?.length === 4 && parts[0] === identityOf(query)) {
    const [, sort, pk, sk] = parts;
    if (typeof sort === 'string' && typeof pk === 'string' && typeof sk === 'string') return { sort, pk, sk };
  }
  throw new BadPageTokenError('the page token does not belong to this query');
}

function parse(token: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined; // not JSON, so not one of ours: the caller says so
  }
}

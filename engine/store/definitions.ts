// Job definitions: register, deregister, look up, list, tag. Every change of a name goes through its head row, under the
// head's version, so a revision number is given out once and the latest ACTIVE revision is exact.
import {
  definitionArnOf,
  notFoundMessage,
  parseDefinitionReference,
} from '../../core/definition/definition-reference.ts';
import type { DefinitionStatus, JobDefinition } from '../../core/definition/definition.ts';
import type { DefinitionArn, EpochMs, Scope } from '../../core/ids.ts';
import type { Tags } from '../../core/tags.ts';
import { StoreUnavailableError, type Row, type Table } from '../table-ports.ts';
import {
  definitionOf,
  definitionRow,
  headKey,
  headOf,
  listingPartition,
  putHead,
  revisionKey,
  revisionKeyOfArn,
  revisionsQuery,
  storedOf,
  type Head,
  type StoredDefinition,
} from './definition-rows.ts';

/** What a caller registers; number, status and ARN are the store's to give. */
export type NewDefinition = Pick<JobDefinition, 'name' | 'type' | 'registered' | 'tags' | 'createdAtMs'>;

export interface DefinitionPage {
  readonly definitions: readonly JobDefinition[];
  /** Where the next page begins; absent at the end. */
  readonly next?: string;
}

export interface DefinitionQuery {
  readonly status?: DefinitionStatus;
  readonly limit: number;
  readonly after?: string;
}

const STATUSES = ['ACTIVE', 'INACTIVE'] as const satisfies readonly DefinitionStatus[];
/** As long as AWS Batch shows a deregistered revision. */
const INACTIVE_RETENTION_S = 180 * 24 * 3600;
/** Each lost race means that somebody else's change went through: this many at once, on one name, are not expected. */
const MAX_TRIES = 200;
/** Reads for one page of answers: revisions of another status are skipped, and the caller shall not wait for ever. */
const MAX_READS_PER_PAGE = 10;

/** Gives the next revision number; concurrent registrations of one name get distinct ones. */
export async function registerDefinition(
  table: Table,
  scope: Scope,
  definition: NewDefinition,
): Promise<JobDefinition> {
  const key = headKey(scope, definition.name);
  return untilWon(definition.name, async () => {
    const headRow = await table.get('queues', key);
    const head: Head = headRow ? headOf(headRow) : { lastRevision: 0 };
    const revision = head.lastRevision + 1;
    const stored: StoredDefinition = {
      ...definition,
      definitionArn: definitionArnOf(scope, definition.name, revision),
      revision,
      status: 'ACTIVE',
      ...(head.activeRevision === undefined ? {} : { previousActiveRevision: head.activeRevision }),
    };
    const written = await table.write([
      putHead(key, headRow, { lastRevision: revision, activeRevision: revision }),
      { kind: 'put', table: 'queues', row: definitionRow(scope, stored), ifVersion: 0 },
    ]);
    return written.ok ? definitionOf(stored) : undefined;
  });
}

/** Sets a revision INACTIVE. `missing`: there is no such revision. Repeating it changes nothing. */
export async function deregisterDefinition(
  table: Table,
  scope: Scope,
  name: string,
  revision: number,
  atMs: EpochMs,
): Promise<'deregistered' | 'missing'> {
  const keys = [headKey(scope, name), revisionKey(scope, name, revision)] as const;
  return untilWon(name, async () => {
    const [headRow, row] = await table.getMany('queues', keys);
    if (!headRow || !row) return 'missing';
    const stored = storedOf(row);
    if (stored.status === 'INACTIVE') return 'deregistered';
    const { lastRevision, activeRevision: active } = headOf(headRow);
    const activeRevision = active === revision ? await activeBefore(table, scope, stored) : active;
    const expiresAtS = Math.ceil(atMs / 1000) + INACTIVE_RETENTION_S;
    const written = await table.write([
      // Written even when unchanged: its version is what tells two deregistrations of one name apart.
      putHead(keys[0], headRow, {
        lastRevision,
        ...(activeRevision === undefined ? {} : { activeRevision }),
      }),
      {
        kind: 'put',
        table: 'queues',
        row: { ...definitionRow(scope, { ...stored, status: 'INACTIVE' }), expiresAtS },
        ifVersion: row.version,
      },
    ]);
    return written.ok ? 'deregistered' : undefined;
  });
}

/** Follows the way back, which skips what was INACTIVE already; where an expired row cuts it, the rows below are read. */
async function activeBefore(table: Table, scope: Scope, from: StoredDefinition): Promise<number | undefined> {
  let candidate = from.previousActiveRevision;
  while (candidate !== undefined) {
    const row: Row | undefined = await table.get('queues', revisionKey(scope, from.name, candidate));
    if (!row) return highestActive(table, scope, from.name, candidate);
    const stored = storedOf(row);
    if (stored.status === 'ACTIVE') return candidate;
    candidate = stored.previousActiveRevision;
  }
  return undefined;
}

async function highestActive(
  table: Table,
  scope: Scope,
  name: string,
  highest: number,
): Promise<number | undefined> {
  let after: string | undefined;
  do {
    const page = await table.query(revisionsQuery(scope, name, { limit: 100, ...pageStart(after) }, highest));
    const active = page.rows.map(storedOf).find(({ status }) => status === 'ACTIVE');
    if (active) return active.revision;
    after = page.next;
  } while (after !== undefined);
  return undefined;
}

export async function getDefinition(
  table: Table,
  scope: Scope,
  name: string,
  revision: number,
): Promise<JobDefinition | undefined> {
  const row = await table.get('queues', revisionKey(scope, name, revision));
  return row && definitionOf(storedOf(row));
}

export async function getLatestActiveDefinition(
  table: Table,
  scope: Scope,
  name: string,
): Promise<JobDefinition | undefined> {
  const { latest } = await untilWon(name, async () => {
    const headRow = await table.get('queues', headKey(scope, name));
    const active = headRow && headOf(headRow).activeRevision;
    if (active === undefined) return { latest: undefined };
    const latest = await getDefinition(table, scope, name, active);
    // Deregistered between the two reads otherwise: the head names another one by now.
    return latest?.status === 'ACTIVE' ? { latest } : undefined;
  });
  return latest;
}

export type FoundDefinition =
  | { readonly found: JobDefinition }
  | {
      readonly reason: 'not-found-by-arn' | 'not-found-by-name' | 'inactive' | 'foreign';
      /** The sentence for the caller. */
      readonly message: string;
    };

/** The ACTIVE definition that SubmitJob's `jobDefinition` names: a name, `name:revision`, or an ARN with or without revision. */
export async function findDefinition(
  table: Table,
  scope: Scope,
  nameOrArn: string,
): Promise<FoundDefinition> {
  const parsed = parseDefinitionReference(scope, nameOrArn);
  if (parsed.kind === 'foreign') return { reason: 'foreign', message: parsed.because };
  const form = nameOrArn.startsWith('arn:') ? 'arn' : 'name';
  const message = notFoundMessage({ text: nameOrArn, form });
  const missing: FoundDefinition = { reason: `not-found-by-${form}`, message };
  if (parsed.kind === 'malformed') return missing;
  const { name, revision } = parsed.reference;
  const found =
    revision === undefined
      ? await getLatestActiveDefinition(table, scope, name)
      : await getDefinition(table, scope, name, revision);
  if (!found) return missing;
  if (found.status === 'ACTIVE') return { found };
  // AWS's sentence for names says both; for ARNs it would deny a revision that can be described.
  const inactive = form === 'arn' ? `JobDefinition ${nameOrArn} is not in ACTIVE status.` : message;
  return { reason: 'inactive', message: inactive };
}

/** All revisions of one name, newest first. A page may be short although there is more. */
export async function listRevisions(
  table: Table,
  scope: Scope,
  name: string,
  query: DefinitionQuery,
): Promise<DefinitionPage> {
  const definitions: JobDefinition[] = [];
  let { after } = query;
  for (let reads = 0; reads < MAX_READS_PER_PAGE; reads += 1) {
    // Never more rows than are still wanted: a page can only be continued at its own end.
    const limit = query.limit - definitions.length;
    const page = await table.query(revisionsQuery(scope, name, { limit, ...pageStart(after) }));
    const wanted = page.rows.map(storedOf).filter(({ status }) => status === (query.status ?? status));
    definitions.push(...wanted.map(definitionOf));
    after = page.next;
    if (after === undefined || definitions.length === query.limit) break;
  }
  return { definitions, ...(after === undefined ? {} : { next: after }) };
}

/** All definitions of an account in a Region, newest first. */
export async function listDefinitions(
  table: Table,
  scope: Scope,
  { status, limit, after }: DefinitionQuery,
): Promise<DefinitionPage> {
  const page = await table.query({
    table: 'queues',
    index: 'listing',
    partition: (status === undefined ? STATUSES : [status]).map((one) => listingPartition(scope, one)),
    descending: true,
    limit,
    ...pageStart(after),
  });
  const definitions = page.rows.map((row) => definitionOf(storedOf(row)));
  return { definitions, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** The tags of one revision; `undefined` when there is no such revision. */
export async function getDefinitionTags(table: Table, arn: DefinitionArn): Promise<Tags | undefined> {
  const key = revisionKeyOfArn(arn);
  const row = key && (await table.get('queues', key));
  return row && storedOf(row).tags;
}

/** Replaces the tags of one revision by what `change` makes of them; what it throws goes to the caller. */
export async function updateDefinitionTags(
  table: Table,
  arn: DefinitionArn,
  change: (tags: Tags) => Tags,
): Promise<'updated' | 'missing'> {
  const key = revisionKeyOfArn(arn);
  if (key === undefined) return 'missing';
  return untilWon(arn, async () => {
    const row = await table.get('queues', key);
    if (!row) return 'missing';
    const { version, ...kept } = row;
    const stored = storedOf(row);
    const body: StoredDefinition = { ...stored, tags: change(stored.tags) };
    const written = await table.write([
      { kind: 'put', table: 'queues', row: { ...kept, body }, ifVersion: version },
    ]);
    return written.ok ? 'updated' : undefined;
  });
}

/** Tries again as long as the attempt answers `undefined`: somebody else was faster. */
async function untilWon<Result>(name: string, attempt: () => Promise<Result | undefined>): Promise<Result> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const result = await attempt();
    if (result !== undefined) return result;
  }
  throw new StoreUnavailableError(`job definition ${name} was changed by others ${MAX_TRIES} times in a row`);
}

function pageStart(after: string | undefined): { readonly after?: string } {
  return after === undefined ? {} : { after };
}

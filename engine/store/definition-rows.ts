// The rows of job definitions in the `queues` table: a partition per name, with one row per revision and one head row.
// Only this file knows their keys, indexes and bodies.
import type { DefinitionStatus, JobDefinition } from '../../core/definition/definition.ts';
import { arnOf, parseArn, type DefinitionArn, type Scope } from '../../core/ids.ts';
import type { IndexQuery, Key, NewRow, Row, WriteOp } from '../table-ports.ts';

/** A name's state of numbering. It never expires, so a number is not used again after its row is gone. */
export interface Head {
  readonly lastRevision: number;
  /** The latest ACTIVE revision. */
  readonly activeRevision?: number;
}

export interface StoredDefinition extends JobDefinition {
  /** What was the latest ACTIVE one when this was registered: the way back when this one goes. */
  readonly previousActiveRevision?: number;
}

const HEAD = 'head';
const REVISION_DIGITS = 10;
const FIRST_REVISION = '0'.repeat(REVISION_DIGITS);

export function headKey(scope: Scope, name: string): Key {
  return { pk: namePartition(scope, name), sk: HEAD };
}

export function revisionKey(scope: Scope, name: string, revision: number): Key {
  return { pk: namePartition(scope, name), sk: revisionText(revision) };
}

/** `undefined` for what is not the ARN of a revision. */
export function revisionKeyOfArn(arn: DefinitionArn): Key | undefined {
  const parsed = parseArn(arn);
  const [, name, revision] = /^(.+):(\d+)$/.exec(parsed?.name ?? '') ?? [];
  if (parsed?.type !== 'job-definition' || name === undefined) return undefined;
  return revisionKey(parsed, name, Number(revision));
}

/** Fails unless the head is still the one that was read, or still absent. */
export function putHead(key: Key, current: Row | undefined, head: Head): WriteOp {
  const row: NewRow = { ...key, body: head };
  return { kind: 'put', table: 'queues', row, ifVersion: current?.version ?? 0 };
}

export function definitionRow(scope: Scope, definition: StoredDefinition): NewRow {
  const { name, revision, status, createdAtMs } = definition;
  const sort = `${String(createdAtMs).padStart(16, '0')}#${name}:${revisionText(revision)}`;
  return {
    ...revisionKey(scope, name, revision),
    body: definition,
    indexes: { listing: { partition: listingPartition(scope, status), sort } },
  };
}

/** The revisions of a name, newest first, from `highest` down. */
export function revisionsQuery(
  scope: Scope,
  name: string,
  page: Pick<IndexQuery, 'limit' | 'after'>,
  highest = 10 ** REVISION_DIGITS - 1,
): IndexQuery {
  return {
    table: 'queues',
    partition: namePartition(scope, name),
    from: FIRST_REVISION,
    to: revisionText(highest),
    descending: true,
    ...page,
  };
}

/** Where the definitions of an account and Region stand in `listing`, by age. */
export function listingPartition({ region, account }: Scope, status: DefinitionStatus): string {
  return `${region}#${account}#job-definition#${status}`;
}

// Rows under these keys are made by this file alone; that is why their bodies may be read back as what they were.
export function headOf(row: Row): Head {
  return row.body as Head;
}

export function storedOf(row: Row): StoredDefinition {
  return row.body as StoredDefinition;
}

export function definitionOf({
  previousActiveRevision: _kept,
  ...definition
}: StoredDefinition): JobDefinition {
  return definition;
}

function namePartition(scope: Scope, name: string): string {
  return arnOf(scope, 'job-definition', name);
}

function revisionText(revision: number): string {
  return String(revision).padStart(REVISION_DIGITS, '0');
}

// The job table's access patterns, each written once over the Table port. A commit writes a job only in the version it was
// read; whoever loses the race reads again.
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/job.ts';
import type { JobId, QueueArn } from '../../core/ids.ts';
import { parseJobId } from '../../core/ids.ts';
import { unwrittenChildOf } from '../../core/job/array.ts';
import { nodeView } from '../../core/job/node-view.ts';
import type { JobSpec } from '../../core/job/spec.ts';
import type { DependencyEdge } from '../../core/job/dependencies.ts';
import type { Change, IndexQuery, NewRow, Page, Row, Table, WriteOp } from '../table-ports.ts';
import { BoundedCache } from './bounded-cache.ts';
import { consumerOps } from './job-consumers.ts';
import {
  isJobRow,
  jobKey,
  jobOf,
  jobRow,
  listingPartition,
  listingPartitions,
  specOwnerOf,
} from './job-rows.ts';

export interface JobStore {
  readonly table: Table;
  /** How long an ended job stays describable. */
  readonly retentionMs: number;
  readonly specs: BoundedCache<JobId, JobSpec>;
}

export interface StoredJob {
  readonly job: Job;
  readonly version: number;
}

export interface JobPage {
  readonly jobs: readonly StoredJob[];
  readonly next?: string;
}

export function createJobStore(table: Table, retentionMs: number): JobStore {
  return { table, retentionMs, specs: new BoundedCache(1_000) };
}

export async function getJob(store: JobStore, jobId: JobId): Promise<StoredJob | undefined> {
  const row = await store.table.get('jobs', jobKey(rowOwnerOf(jobId)));
  return row ? jobInRow(store, row, jobId) : unwrittenChild(store, jobId);
}

/** The answer has the order of the ids; `undefined` where there is no such job. */
export async function getJobs(
  store: JobStore,
  ids: readonly JobId[],
): Promise<readonly (StoredJob | undefined)[]> {
  const rows = await store.table.getMany(
    'jobs',
    ids.map((id) => jobKey(rowOwnerOf(id))),
  );
  return Promise.all(
    ids.map((id, index) => {
      const row = rows[index];
      return row ? jobInRow(store, row, id) : unwrittenChild(store, id);
    }),
  );
}

/** A node of a multi-node job has no row: it is read from its job's, as a view that is never written. */
export function rowOwnerOf(jobId: JobId): JobId {
  // Asked with every read of a row: the ids of all others are told without their grammar.
  if (!jobId.includes('#')) return jobId;
  const parsed = parseJobId(jobId);
  return parsed?.kind === 'node' ? parsed.root : jobId;
}

function jobInRow(
  store: JobStore,
  row: Row,
  jobId: JobId,
): StoredJob | undefined | Promise<StoredJob | undefined> {
  if (row.pk === jobId) return storedJob(store, row);
  const parsed = parseJobId(jobId);
  if (parsed?.kind !== 'node') return undefined;
  const job = nodeView(jobOf(row), parsed.index);
  return job && { job, version: row.version };
}

/**
 * A child of an array whose row is still on its way: it can be described, waited for and stopped from the moment its parent
 * was accepted. Version 0 makes a commit of it the row itself, which the expansion then leaves alone.
 */
async function unwrittenChild(store: JobStore, jobId: JobId): Promise<StoredJob | undefined> {
  const parsed = parseJobId(jobId);
  if (parsed?.kind !== 'child') return undefined;
  const row = await store.table.get('jobs', jobKey(parsed.root));
  const parent = row && jobOf(row);
  const child = parent && unwrittenChildOf(parent, parsed.index);
  return child && { job: child, version: 0 };
}

/** Not async by itself: the spec of a child is nearly always at hand, and a promise per row would be most of the cost. */
function storedJob(store: JobStore, row: Row): StoredJob | Promise<StoredJob | undefined> {
  const owner = specOwnerOf(row);
  if (owner === undefined) return { job: jobOf(row), version: row.version };
  const spec = store.specs.get(owner);
  if (spec) return { job: jobOf(row, spec), version: row.version };
  return loadSpec(store, owner).then((loaded) => loaded && { job: jobOf(row, loaded), version: row.version });
}

/** A child whose parent's row has expired cannot be told any more: both are past their retention. */
async function loadSpec(store: JobStore, parentId: JobId): Promise<JobSpec | undefined> {
  const parent = await store.table.get('jobs', jobKey(parentId));
  if (!parent) return undefined;
  const { spec } = jobOf(parent);
  store.specs.set(parentId, spec);
  return spec;
}

/** The jobs of a committed change; `undefined` for rows that are not jobs and for rows that went away. */
export async function jobsOfChange(
  store: JobStore,
  change: Change,
): Promise<{ readonly before?: Job; readonly after: Job } | undefined> {
  if (!change.after || !isJobRow(change.after)) return undefined;
  const after = await storedJob(store, change.after);
  if (!after) return undefined;
  const before = change.before && (await storedJob(store, change.before));
  return { ...(before ? { before: before.job } : {}), after: after.job };
}

export function putOp(store: JobStore, job: Job, ifVersion: number): WriteOp {
  return { kind: 'put', table: 'jobs', row: jobRow(job, store.retentionMs), ifVersion };
}

/** Edges that fit into one write with a job, all its consumable resources and what else must be provided. */
const EDGES_TOGETHER = 15;

/**
 * A new job with the edges of its dependencies: both or, of what can be seen, nothing. `provided`: what must hold or be written with it; `stale`
 * when it does not hold any more.
 */
export async function insertJob(
  store: JobStore,
  job: Job,
  edges: readonly DependencyEdge[],
  provided: readonly WriteOp[] = [],
): Promise<'inserted' | 'stale'> {
  // An edge that is there before its job is harmless: a job that ends meanwhile finds nobody to tell, and the new one looks
  // at all it waits for when it arrives.
  const ahead = edges.slice(EDGES_TOGETHER);
  if (ahead.length > 0) await store.table.insertMany('jobs', ahead.map(edgeRow));
  const result = await store.table.write([
    putOp(store, job, 0),
    ...edges
      .slice(0, EDGES_TOGETHER)
      .map((edge): WriteOp => ({ kind: 'put', table: 'jobs', row: edgeRow(edge) })),
    ...consumerOps(job, store.retentionMs),
    ...provided,
  ]);
  if (result.ok) return 'inserted';
  if (result.failed.includes(0)) throw new Error(`job id ${job.jobId} is taken`);
  return 'stale';
}

/** Writes the children that are not there yet; repeating it changes nothing. */
export async function insertChildren(store: JobStore, parent: Job, children: readonly Job[]): Promise<void> {
  store.specs.set(parent.jobId, parent.spec);
  const rows: NewRow[] = children.map((child) => jobRow(child, store.retentionMs));
  await store.table.insertMany('jobs', rows);
}

/** `changed` carries what was written. `conflict`: somebody else kept winning; the caller may come back later. */
export type Transition =
  | { readonly outcome: 'changed'; readonly job: Job }
  | { readonly outcome: 'unchanged'; readonly job: Job }
  | { readonly outcome: 'missing' };

/** Enough for a parent that is folded by several change streams at once. */
const MAX_TRIES = 20;

/** Reads the job, asks `step` for its next state, and commits it; reads again when another writer was faster. */
export async function transition(
  store: JobStore,
  jobId: JobId,
  step: (job: Job) => Job | undefined,
): Promise<Transition> {
  if (rowOwnerOf(jobId) !== jobId) throw new Error(`node ${jobId} has no row: its job takes its steps`);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const found = await getJob(store, jobId);
    if (!found) return { outcome: 'missing' };
    const next = step(found.job);
    if (!next) return { outcome: 'unchanged', job: found.job };
    const consumers = isTerminal(next) ? consumerOps(next, store.retentionMs) : [];
    const written = await store.table.write([putOp(store, next, found.version), ...consumers]);
    if (written.ok) return { outcome: 'changed', job: next };
  }
  throw new Error(`job ${jobId} was changed ${MAX_TRIES} times by others while one step waited`);
}

/** Top-level jobs of a queue or children of an array in one state. */
export async function listByStatus(
  store: JobStore,
  owner: QueueArn | JobId,
  status: Job['status'],
  page: Pick<IndexQuery, 'limit' | 'after' | 'descending'>,
): Promise<JobPage> {
  return queryJobs(store, {
    table: 'jobs',
    index: 'listing',
    partition: listingPartition(owner, status),
    ...page,
  });
}

/** Top-level jobs of a queue in any state, by age. */
export async function listByAge(
  store: JobStore,
  queueArn: QueueArn,
  page: Pick<IndexQuery, 'limit' | 'after' | 'descending' | 'from' | 'to'>,
): Promise<JobPage> {
  const partition = listingPartitions(queueArn);
  return queryJobs(store, { table: 'jobs', index: 'listing', partition, ...page });
}

export async function queryJobs(store: JobStore, query: IndexQuery): Promise<JobPage> {
  const page: Page = await store.table.query(query);
  const jobs = await Promise.all(page.rows.map((row) => storedJob(store, row)));
  return {
    jobs: jobs.filter((job) => job !== undefined),
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

// Dependency edges live beside the jobs, in the partition of the job that is waited for.

function edgePartition(on: JobId): string {
  return `waits-for#${on}`;
}

function edgeRow(edge: DependencyEdge): NewRow {
  return { pk: edgePartition(edge.on), sk: edge.dependent, body: { type: edge.type } };
}

export async function edgesOn(
  store: JobStore,
  jobId: JobId,
  after?: string,
): Promise<{ readonly edges: readonly DependencyEdge[]; readonly next?: string }> {
  const page = await store.table.query({
    table: 'jobs',
    partition: edgePartition(jobId),
    limit: 500,
    ...(after === undefined ? {} : { after }),
  });
  const edges = page.rows.map((row) => ({
    on: jobId,
    dependent: row.sk as JobId,
    type: (row.body as { type: DependencyEdge['type'] }).type,
  }));
  return { edges, ...(page.next === undefined ? {} : { next: page.next }) };
}

export async function deleteEdges(store: JobStore, edges: readonly DependencyEdge[]): Promise<void> {
  for (const edge of edges) {
    // Already gone is fine: reactions repeat.
    await store.table.write([
      { kind: 'delete', table: 'jobs', key: { pk: edgePartition(edge.on), sk: edge.dependent } },
    ]);
  }
}

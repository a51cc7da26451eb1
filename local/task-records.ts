// Which attempt a log stream and an ECS task belong to. The cloud has CloudWatch Logs and ECS for this; here two small rows
// per attempt, written when it is launched, keep it findable by stream and by task, the stream also after the job expired.
import type { Scope } from '../core/ids.ts';
import { parseArn } from '../core/ids.ts';
import { logGroupName, logStreamName } from '../core/job/job-detail.ts';
import type { StartingJob } from '../core/job/job.ts';
import { isPlaced } from '../core/job/job.ts';
import type { JobId } from '../core/ids.ts';
import type { Key, NewRow, Row, Table } from '../engine/ports.ts';
import { sortableMs } from '../engine/store/job-rows.ts';
import type { LogCatalog, LogStream } from '../api/logs/catalog.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { getJob } from '../engine/store/jobs.ts';

/** One attempt, as it can be found by its stream's name and by its task's id. */
export interface TaskRecord {
  readonly taskId: string;
  readonly jobId: JobId;
  readonly attempt: number;
  readonly createdAtMs: number;
}

function groupPartition(scope: Pick<Scope, 'region'>, group: string): string {
  return `log-streams#${scope.region}#${group}`;
}

const GROUPS = 'log-groups';

function streamKey(scope: Pick<Scope, 'region'>, group: string, name: string): Key {
  return { pk: groupPartition(scope, group), sk: name };
}

export function taskKey(scope: Pick<Scope, 'region'>, clusterName: string, taskId: string): Key {
  return { pk: `tasks#${scope.region}#${clusterName}`, sk: taskId };
}

/** Writes the records of an attempt. Repeatable: the first record of an attempt stands. */
export function createTaskRecorder(table: Table): (job: StartingJob) => Promise<void> {
  // Groups written already; writing one again would change nothing.
  const knownGroups = new Set<string>();
  return async (job) => {
    const scope = parseArn(job.jobArn);
    if (!scope) return;
    const group = logGroupName(job.spec);
    const groupName = `${scope.region}#${group}`;
    const { taskId, number, placedAtMs } = job.attempt;
    const body: TaskRecord = { taskId, jobId: job.jobId, attempt: number, createdAtMs: placedAtMs };
    const key = streamKey(scope, group, logStreamName(job.spec, taskId));
    const created = { partition: key.pk, sort: `${sortableMs(placedAtMs)}#${taskId}` };
    const cluster = job.attempt.placement.clusterName;
    const rows: NewRow[] = [
      { ...key, body, indexes: { created } },
      { ...taskKey(scope, cluster, taskId), body },
    ];
    if (!knownGroups.has(groupName)) rows.push({ pk: GROUPS, sk: groupName, body });
    await table.insertMany('queues', rows);
    knownGroups.add(groupName);
  };
}

/** CloudWatch Logs' view of those records. */
export function createLogCatalog(store: JobStore): LogCatalog {
  const { table } = store;
  return {
    async findStream(scope, group, streamName) {
      const row = await table.get('queues', streamKey(scope, group, streamName));
      return row && streamOf(store, row);
    },
    async listStreams(scope, group, { prefix = '', order, descending, limit, after }) {
      const page = await table.query({
        table: 'queues',
        partition: groupPartition(scope, group),
        ...(order === 'created' ? { index: 'created' as const } : {}),
        ...(order === 'name' && prefix !== '' ? { from: prefix, to: `${prefix}${LAST_CHARACTER}` } : {}),
        descending,
        limit,
        ...(after === undefined ? {} : { after }),
      });
      const streams = await Promise.all(page.rows.map((row) => streamOf(store, row)));
      return { streams, ...(page.next === undefined ? {} : { next: page.next }) };
    },
    async listGroups(scope) {
      const from = `${scope.region}#`;
      const to = `${from}${LAST_CHARACTER}`;
      const page = await table.query({ table: 'queues', partition: GROUPS, from, to, limit: 1_000 });
      return page.rows.map((row) => ({
        name: row.sk.slice(from.length),
        createdAtMs: recordOf(row).createdAtMs,
      }));
    },
  };
}

/** Sorts behind every character that a name may hold. */
const LAST_CHARACTER = '\u{10FFFF}';

async function streamOf(store: JobStore, row: Row): Promise<LogStream> {
  const record = recordOf(row);
  const { taskId, createdAtMs } = record;
  return { name: row.sk, taskId, createdAtMs, ended: await hasEnded(store, record) };
}

/** Whether nothing more will be written to the stream. */
async function hasEnded(store: JobStore, record: TaskRecord): Promise<boolean> {
  const found = await getJob(store, record.jobId);
  return !found || !isPlaced(found.job) || found.job.attempt.number !== record.attempt;
}

function recordOf(row: Row): TaskRecord {
  return row.body as TaskRecord; // written by the recorder
}

// Which attempt a log stream and an ECS task belong to. The cloud has CloudWatch Logs and ECS for this; here a small row for
// the task and one for each of its streams, written when it is launched, keep it findable by both, by the streams also
// after the job expired.
import type { Scope } from '../core/ids.ts';
import { parseArn } from '../core/ids.ts';
import { logGroupName, logStreamName } from '../core/job/job-detail.ts';
import type { StartingJob } from '../core/job/job.ts';
import { isPlaced } from '../core/job/job.ts';
import { containerTaskId } from '../core/job/task-id.ts';
import type { JobId } from '../core/ids.ts';
import type { Key, NewRow, Row, Table } from '../engine/table-ports.ts';
import { sortableMs } from '../engine/store/job-rows.ts';
import type { LogCatalog, LogStream } from '../api/logs/catalog.ts';
import type { JobStore } from '../engine/store/jobs.ts';
import { getJob } from '../engine/store/jobs.ts';

/** One attempt, as it can be found by its task's id and by the name of a stream. */
export interface TaskRecord {
  /** In a stream's record, what its log is kept under: for one of several containers not the task's own id. */
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
    const { taskId, number, placedAtMs } = job.attempt;
    const recordUnder = (ofTaskId: string): TaskRecord => ({
      taskId: ofTaskId,
      jobId: job.jobId,
      attempt: number,
      createdAtMs: placedAtMs,
    });
    const rows: NewRow[] = [
      { ...taskKey(scope, job.attempt.placement.clusterName, taskId), body: recordUnder(taskId) },
    ];
    const newGroups = new Set<string>();
    for (const stream of streamsOf(job)) {
      const key = streamKey(scope, stream.group, stream.name);
      const listing = { partition: key.pk, sort: `${sortableMs(placedAtMs)}#${stream.taskId}` };
      rows.push({ ...key, body: recordUnder(stream.taskId), indexes: { listing } });
      const groupName = `${scope.region}#${stream.group}`;
      if (!knownGroups.has(groupName)) newGroups.add(groupName);
    }
    for (const sk of newGroups) rows.push({ pk: GROUPS, sk, body: recordUnder(taskId) });
    await table.insertMany('queues', rows);
    for (const groupName of newGroups) knownGroups.add(groupName);
  };
}

interface RecordedStream {
  readonly group: string;
  readonly name: string;
  /** What the runtime keeps the log under. */
  readonly taskId: string;
}

function streamsOf({ spec, attempt: { taskId } }: StartingJob): readonly RecordedStream[] {
  if (!spec.containers) return [{ group: logGroupName(spec), name: logStreamName(spec, taskId), taskId }];
  return spec.containers.map((container, index) => ({
    group: logGroupName(spec, container),
    name: logStreamName(spec, taskId, container),
    taskId: containerTaskId(taskId, index + 1),
  }));
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
        ...(order === 'created' ? { index: 'listing' as const } : {}),
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

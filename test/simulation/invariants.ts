// All that must hold whatever happens (ARCHITECTURE.md and the invariants it names), checked after every commit, container
// start and event. Written against the rows and the host's own trace, never against the engine's decisions.
import type { Job } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import type { Capacity } from '../../core/placement/capacity.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import { QUEUE_BLOCKED } from '../../engine/job-events.ts';
import type { SlipwayEvent } from '../../engine/ports.ts';
import type { UsedUp } from './capacity-invariants.ts';
import { checkCapacity } from './capacity-invariants.ts';
import type { Commit, CommittedRows, JobMove } from './committed-rows.ts';
import { checkJobMove } from './job-invariants.ts';
import { checkNodeMove, checkNodeStart, movesOfNodes, nodeIndexOf, ownerOf } from './node-invariants.ts';
import type { HostContainer, SimulatedHost } from './simulated-host.ts';

/** What a check may look at, and where it tells what is wrong. */
export interface Watched {
  readonly rows: CommittedRows;
  readonly host: Pick<SimulatedHost, 'containers' | 'live'>;
  /** Of the one machine below all environments; absent where there is none. */
  readonly hostTotal?: Capacity;
  /**
   * The most that a compute environment (vCPUs; 0 while it took nothing) or a consumable resource (units) has allowed of
   * late, as a scheduling pass is entitled to see it.
   */
  readonly recentMaximum: (arn: string) => number;
  /** Of environments with machines of their own, whether one could take a job; `undefined`: its maximum alone tells. */
  readonly roomFor?: (
    environment: ComputeEnvironment,
    job: Job,
    when: 'now' | 'at best',
  ) => boolean | undefined;
  readonly nowMs: () => number;
  /** How far two looks at the time of day may be from what has passed between them. */
  readonly skewMs: number;
  readonly violated: (invariant: string, detail: string) => void;
}

export interface Invariants {
  readonly onCommit: (commit: Commit) => void;
  readonly onStarted: (container: HostContainer) => void;
  readonly onPublished: (events: readonly SlipwayEvent[]) => void;
  /** Events that were due and have not come. */
  readonly missingEvents: () => readonly string[];
}

export function createInvariants(watched: Watched): Invariants {
  /** By event id: the job as the change committed it. */
  const due = new Map<string, Job>();
  const blocked = new Map<string, Job>();
  const published = new Set<string>();
  const usedUp: UsedUp = new Map();

  function expectEvent({ before, after, version }: JobMove): void {
    if (!after || after.status === 'SUBMITTED') return;
    if (before?.status !== after.status) due.set(`${after.jobId}/${version}`, after);
    else if (after.status === 'RUNNABLE') blocked.set(`${after.jobId}/${version}`, after);
  }

  return {
    onCommit(commit) {
      for (const move of commit.jobs) {
        checkJobMove(watched, move);
        checkNodeMove(watched, move);
        expectEvent(move);
        for (const ofNode of movesOfNodes(move)) expectEvent(ofNode);
      }
      checkCapacity(watched, usedUp, commit);
    },
    onStarted: (container) => checkStart(watched, container),
    onPublished(events) {
      for (const event of events) {
        // A blocked head is told beside the state changes, of a commit that changed no state.
        const told = event.detailType === QUEUE_BLOCKED ? blocked : due;
        const job = told.get(event.id.replace(/\/blocked$/, ''));
        if (!job) watched.violated('6 events', `${event.id} tells of a state that was never committed`);
        else checkEvent(watched, event, job);
        published.add(event.id);
      }
    },
    missingEvents: () => [...due.keys()].filter((id) => !published.has(id)),
  };
}

interface Detail {
  readonly jobId?: string;
  readonly status?: string;
  readonly statusReason?: string;
  readonly attempts?: readonly unknown[];
  readonly startedAt?: number;
  readonly stoppedAt?: number;
}

/** An event carries the row as it was committed. */
function checkEvent({ violated }: Watched, event: SlipwayEvent, job: Job): void {
  const detail = event.detail as Detail; // AWS Batch's JobDetail
  const told = [detail.jobId, detail.status, detail.statusReason, detail.attempts?.length, detail.stoppedAt];
  const stoppedAtMs = 'stoppedAtMs' in job ? job.stoppedAtMs : undefined;
  const committed = [job.jobId, job.status, job.statusReason, job.attempts.length, stoppedAtMs];
  if (JSON.stringify(told) !== JSON.stringify(committed)) {
    violated(
      '6 events',
      `${event.id} says ${JSON.stringify(told)}, committed was ${JSON.stringify(committed)}`,
    );
  }
}

/** One container per attempt, one live attempt per job, and only for a row that asks for it. */
function checkStart(watched: Watched, container: HostContainer): void {
  const { rows, host, hostTotal, violated } = watched;
  const { attemptId, jobId, task } = container;
  const ofAttempt = host.containers.get(attemptId) ?? [];
  // A container that somebody removed behind the runtime's back has left no trace: nobody could know of it.
  if (ofAttempt.some((other) => other !== container && other.gone !== 'vanished'))
    violated('3 attempts', `${attemptId} has started twice`);
  const beside = host.live().filter((other) => other.jobId === jobId && other !== container);
  for (const other of beside) violated('3 attempts', `${attemptId} starts while ${other.attemptId} runs`);

  const job = rows.jobs.get(ownerOf(jobId));
  const index = nodeIndexOf(jobId);
  if (index !== undefined) checkNodeStart(watched, container, index);
  const number = Number(attemptId.slice(jobId.length + 1));
  if (!job || !isPlaced(job) || job.attempt.number !== number)
    violated(
      '3 attempts',
      `${attemptId} starts while its job is ${job?.status} after ${job?.attempts.length}`,
    );
  if (task.environment['AWS_BATCH_JOB_ATTEMPT'] !== String(number))
    violated('3 attempts', `${attemptId} is told to be ${task.environment['AWS_BATCH_JOB_ATTEMPT']}`);

  if (!hostTotal) return;
  const live = host.live();
  for (const kind of ['vcpus', 'memoryMiB', 'gpus'] as const) {
    const inUse = live.reduce((sum, { task: { demand } }) => sum + demand[kind], 0);
    if (inUse > hostTotal[kind])
      violated('5 capacity', `${attemptId} starts, and the host runs ${inUse} ${kind}`);
  }
  const gpuIds = live.flatMap((other) => other.task.gpuIds);
  if (new Set(gpuIds).size < gpuIds.length) violated('5 capacity', `${attemptId} shares a GPU`);
}

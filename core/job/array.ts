// Array jobs: a parent that only counts, and children that run. The parent's counters follow the children's committed
// changes, each counted exactly once however often it is delivered.
import type { EpochMs } from '../ids.ts';
import { childJobId } from '../ids.ts';
import { awaitedByChild } from './dependencies.ts';
import { isTerminal } from './job.ts';
import { isMarked, marked } from './marks.ts';
import { inheritedQueueing } from './queued.ts';
import type {
  ChildCounts,
  EndedJob,
  Job,
  JobStatus,
  PendingJob,
  RunnableJob,
  SubmittedJob,
  TerminalStatus,
} from './job.ts';

export const CHILD_FAILED = 'Array Child Job failed';

/** A new array's counters: every child counts as SUBMITTED until it is written. */
export function initialCounts(size: number, atMs: EpochMs): ChildCounts {
  return {
    SUBMITTED: size,
    PENDING: 0,
    RUNNABLE: 0,
    STARTING: 0,
    RUNNING: 0,
    SUCCEEDED: 0,
    FAILED: 0,
    updatedAtMs: atMs,
  };
}

/** The children `from` (inclusive) to `to` (exclusive) of an expanded parent, in line or waiting for their own dependencies. */
export function childrenOf(
  parent: Job,
  from: number,
  to: number,
  atMs: EpochMs,
): (RunnableJob | PendingJob)[] {
  const children: (RunnableJob | PendingJob)[] = [];
  for (let index = from; index < to; index += 1) {
    const awaiting = awaitedByChild(parent, index);
    const base = { ...childBase(parent, index, atMs), awaiting };
    children.push(
      awaiting.length > 0
        ? { ...base, status: 'PENDING' }
        : { ...base, status: 'RUNNABLE', runnableAtMs: atMs },
    );
  }
  return children;
}

/** A child that the expansion has yet to write; `undefined` when all of them are written, or there is none of this index. */
export function unwrittenChildOf(parent: Job, index: number): SubmittedJob | undefined {
  const isThere = parent.kind === 'array' && index < (parent.spec.arraySize ?? 0);
  // Counted as SUBMITTED until it is written: at zero, a row that is missing has expired and must not come back.
  if (!isThere || isTerminal(parent) || !parent.children || parent.children.SUBMITTED === 0) return undefined;
  if (isMarked(parent.endedChildren ?? '', index)) return undefined;
  return { ...childBase(parent, index, parent.createdAtMs), awaiting: [], status: 'SUBMITTED' };
}

/** An array that failed before its children were made never makes them. */
export function hasUnspawnedChildren(parent: Job): boolean {
  return isTerminal(parent) && parent.children !== undefined && parent.children.SUBMITTED > 0;
}

function childBase(parent: Job, index: number, createdAtMs: EpochMs) {
  return {
    jobId: childJobId(parent.jobId, index),
    jobArn: `${parent.jobArn}:${index}`,
    kind: 'child' as const,
    parentId: parent.jobId,
    arrayIndex: index,
    spec: parent.spec,
    createdAtMs,
    attempts: [],
    ...inheritedQueueing(parent),
  };
}

/** One committed move of a child: `from` absent when the child was just written. */
export type ChildMove = StreamedMove | ChildEnd;

/** Counted when it comes after the last one counted of its stream. */
export interface StreamedMove {
  readonly stream: string;
  readonly seq: string;
  readonly from?: JobStatus;
  readonly to: JobStatus;
}

/** Where streams have no names, only ends are counted, each child's once: until then it counts as SUBMITTED. */
export interface ChildEnd {
  readonly endedIndex: number;
  readonly to: TerminalStatus;
}

/** The parent after these moves; `undefined` when all of them were counted before or nothing is left to count. */
export function foldChildren(parent: Job, moves: readonly ChildMove[], atMs: EpochMs): Job | undefined {
  if (!parent.children || (parent.status !== 'PENDING' && parent.status !== 'SUBMITTED')) return undefined;
  const foldedThrough: Record<string, string> = { ...parent.foldedThrough };
  const counts: Record<JobStatus, number> & { updatedAtMs: EpochMs } = {
    ...parent.children,
    updatedAtMs: atMs,
  };
  let endedChildren = parent.endedChildren ?? '';
  let counted = 0;
  for (const move of moves) {
    if ('endedIndex' in move) {
      if (isMarked(endedChildren, move.endedIndex)) continue;
      counts.SUBMITTED -= 1;
      counts[move.to] += 1;
      endedChildren = marked(endedChildren, move.endedIndex);
      counted += 1;
      continue;
    }
    const last = foldedThrough[move.stream];
    if (last !== undefined && move.seq <= last) continue;
    counts[move.from ?? 'SUBMITTED'] -= 1;
    counts[move.to] += 1;
    foldedThrough[move.stream] = move.seq;
    counted += 1;
  }
  if (counted === 0) return undefined;
  const folded = { ...parent, children: counts, foldedThrough, ...(endedChildren && { endedChildren }) };
  return counts.SUCCEEDED + counts.FAILED === parent.spec.arraySize ? ended(folded, counts, atMs) : folded;
}

function ended(parent: Job, counts: ChildCounts, atMs: EpochMs): EndedJob {
  const stoppedAtMs = Math.max(atMs, parent.createdAtMs);
  // The parent of a stopped array says why it was stopped; otherwise that a child failed.
  if (counts.FAILED > 0) {
    const statusReason = parent.stopRequest?.reason ?? CHILD_FAILED;
    return { ...parent, status: 'FAILED', statusReason, stoppedAtMs };
  }
  return { ...parent, status: 'SUCCEEDED', stoppedAtMs };
}

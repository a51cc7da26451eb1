// The payloads of the state machines, as statemachines/*.asl.json send them, checked once at the edge.
import { parseJobId } from '../core/ids.ts';
import type { JobId } from '../core/ids.ts';
import type { WaitingState } from '../core/job/progress.ts';
import type { LaunchNodesRequest } from '../engine/launch-nodes.ts';
import type { WaitRequest } from '../engine/machine-functions.ts';

const STATES: ReadonlySet<unknown> = new Set<WaitingState>(['STARTING', 'RUNNING', 'TIMED_OUT', 'RUNNABLE']);

/** Throws a sentence that names the member: an execution shows it as its cause. */
export function readWaitRequest(payload: unknown): WaitRequest {
  const { state, taskToken } = membersOf(payload);
  if (!STATES.has(state)) throw wrong('state', 'a waiting state of the machine', state);
  if (typeof taskToken !== 'string' || taskToken === '') throw wrong('taskToken', 'a task token', taskToken);
  return { ...readLaunchNodesRequest(payload), state: state as WaitingState, taskToken }; // one of STATES
}

export function readLaunchNodesRequest(payload: unknown): LaunchNodesRequest {
  const { jobId, attempt } = membersOf(payload);
  if (typeof jobId !== 'string' || !parseJobId(jobId)) throw wrong('jobId', 'a job id', jobId);
  if (typeof attempt !== 'number' || !Number.isInteger(attempt) || attempt < 1) {
    throw wrong('attempt', 'a number from 1', attempt);
  }
  return { jobId: jobId as JobId, attempt }; // parsed as a job id
}

function membersOf(payload: unknown): Readonly<Record<string, unknown>> {
  if (typeof payload !== 'object' || payload === null) throw wrong('The payload', 'an object', payload);
  return payload as Readonly<Record<string, unknown>>; // each member is looked at
}

function wrong(member: string, rule: string, value: unknown): TypeError {
  return new TypeError(`${member} must be ${rule}, but is ${JSON.stringify(value) ?? 'absent'}.`);
}

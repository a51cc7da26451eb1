// Asks a server how it stands: queues, compute environments, jobs, and what happened lately where it keeps count.
import type { Server } from './server.ts';
import { requestJson } from './signed-request.ts';
import type { ArrayProgress } from './wording.ts';

/** `more`: counting stopped there. */
export interface Count {
  readonly count: number;
  readonly more: boolean;
}

export interface Use {
  readonly used: number;
  readonly max?: number;
}

export interface QueueState {
  readonly name: string;
  readonly state: string;
  readonly status: string;
  readonly waiting: Count;
  readonly unplaceable: Count;
  readonly placed: number;
  readonly byState: Readonly<Record<string, Count>>;
  readonly oldestSinceMs?: number;
  readonly blocked?: { readonly jobId: string; readonly code: string; readonly message: string };
}

export interface EnvironmentState {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  readonly status: string;
  readonly vcpus: Use;
  readonly memoryMiB: Use;
  readonly gpus: Use;
  readonly placements: number;
  readonly wantedVcpus?: number;
  readonly instances?: { readonly count: number };
}

export interface JobState {
  readonly jobId: string;
  readonly jobName: string;
  readonly queue: string;
  readonly status: string;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly array?: ArrayProgress;
  readonly isHeld: boolean;
  readonly attempt: number;
}

/** Numbers by spans of time, oldest first; the last span is not over yet. */
export interface History {
  readonly spanMs: number;
  readonly started: readonly number[];
  readonly succeeded: readonly number[];
  readonly failed: readonly number[];
  readonly startMedianMs: readonly (number | null)[];
}

/** As `GET /_slipway/overview` answers; what is not read here is left out. */
export interface Overview {
  readonly nowMs: number;
  readonly queues: readonly QueueState[];
  readonly environments: readonly EnvironmentState[];
  readonly jobs: readonly JobState[];
  readonly moreJobs: boolean;
  readonly history?: History;
}

export async function askOverview(server: Server, signal?: AbortSignal): Promise<Overview> {
  const answer = await requestJson(server, {
    service: 'batch',
    method: 'GET',
    path: '/_slipway/overview',
    ...(signal && { signal }),
  });
  if (isOverview(answer)) return answer;
  throw new Error(`The server answered /overview with something else: ${JSON.stringify(answer)}`);
}

function isOverview(answer: unknown): answer is Overview {
  return typeof answer === 'object' && answer !== null && 'queues' in answer && 'jobs' in answer;
}

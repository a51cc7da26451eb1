// An overview as a server answers it, of which a test states what matters.
import type { EnvironmentState, JobState, Overview, QueueState } from '../../bin/ask-overview.ts';

const none = { count: 0, more: false };
export const NOW_MS = 1_800_000_000_000;

export function aQueue(more: Partial<QueueState> = {}): QueueState {
  return {
    name: 'default',
    state: 'ENABLED',
    status: 'VALID',
    waiting: none,
    unplaceable: none,
    placed: 0,
    byState: {},
    ...more,
  };
}

export function anEnvironmentState(more: Partial<EnvironmentState> = {}): EnvironmentState {
  return {
    name: 'local',
    kind: 'EC2',
    state: 'ENABLED',
    status: 'VALID',
    vcpus: { used: 1, max: 4 },
    memoryMiB: { used: 512 },
    gpus: { used: 0 },
    placements: 1,
    ...more,
  };
}

export function aCurrentJob(more: Partial<JobState> = {}): JobState {
  return {
    jobId: '3f2a1c9e-0000-4000-8000-000000000000',
    jobName: 'train',
    queue: 'default',
    status: 'RUNNING',
    createdAtMs: NOW_MS - 65_000,
    startedAtMs: NOW_MS - 61_000,
    isHeld: false,
    attempt: 1,
    ...more,
  };
}

export function anOverview(more: Partial<Overview> = {}): Overview {
  return {
    nowMs: NOW_MS,
    queues: [aQueue()],
    environments: [anEnvironmentState()],
    jobs: [aCurrentJob()],
    moreJobs: false,
    ...more,
  };
}

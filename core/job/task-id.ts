// The ids of tasks: 32 hex digits like ECS's, but derived, so that starting an attempt twice names one task. They also say
// what a restarted runtime must know before it can look anything up: whether an attempt has one container or several.
import type { JobId } from '../ids.ts';
import { parseJobId } from '../ids.ts';

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Where the number of containers stands, and where a container's own number; both 0 for a task of one container. */
const COUNT_AT = 2;
const NUMBER_AT = 7;

/**
 * The first two digits spread tasks evenly (runtimes shard their folders by them), then the count of containers when there
 * are several (1 digit), the array index (4), a container's number (1), the attempt (2), and 22 digits of the job's UUID,
 * which alone keep jobs apart. `containerCount`: 0, or for a task of several containers 1 to 10.
 */
export function taskIdOf(jobId: JobId, attemptNumber: number, containerCount = 0): string {
  const parsed = parseJobId(jobId);
  const uuid = (parsed?.root ?? jobId).replaceAll('-', '');
  const index = parsed && parsed.kind !== 'job' ? parsed.index : 0;
  const shard = (Number.parseInt(uuid.slice(0, 2), 16) + index * 7) & 0xff;
  return `${hex(shard, 2)}${hex(containerCount, 1)}${hex(index, 4)}0${hex(attemptNumber, 2)}${uuid.slice(0, 22)}`;
}

/** How many containers the task of this id groups; 0 for one that is a container itself. */
export function containerCountOf(taskId: string): number {
  return taskId[NUMBER_AT] === '0' ? Number.parseInt(taskId[COUNT_AT] ?? '0', 16) : 0;
}

/** The task that a container of this id is part of; a task of one container is its own. */
export function wholeTaskId(taskId: string): string {
  return `${taskId.slice(0, NUMBER_AT)}0${taskId.slice(NUMBER_AT + 1)}`;
}

/** The id of one container of a task of several, by its number from 1: what a runtime keeps its log and folder under. */
export function containerTaskId(taskId: string, number: number): string {
  return taskId.slice(0, NUMBER_AT) + hex(number, 1) + taskId.slice(NUMBER_AT + 1);
}

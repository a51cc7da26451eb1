// The id of an attempt's task: 32 hex digits like ECS's, but derived, so that starting an attempt twice names one task.
import type { JobId } from '../ids.ts';
import { parseJobId } from '../ids.ts';

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/**
 * The first two digits spread tasks evenly (runtimes shard their folders by them), then the array index (5 digits), the
 * attempt (3), and 22 digits of the job's UUID, which alone keep jobs apart.
 */
export function taskIdOf(jobId: JobId, attemptNumber: number): string {
  const parsed = parseJobId(jobId);
  const uuid = (parsed?.root ?? jobId).replaceAll('-', '');
  const index = parsed && parsed.kind !== 'job' ? parsed.index : 0;
  const shard = (Number.parseInt(uuid.slice(0, 2), 16) + index * 7) & 0xff;
  return `${hex(shard, 2)}${hex(index, 5)}${hex(attemptNumber, 3)}${uuid.slice(0, 22)}`;
}

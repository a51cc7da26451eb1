// What a page sends along with a change of a job, checked.
import { ClientException } from '../../api/errors.ts';
import type { ApiRequest } from '../../api/request.ts';
import { readJsonBody } from '../../api/request.ts';
import { schedulingPriorityProblems } from '../../core/definition/validate-settings.ts';
import type { QueueingChange } from '../../engine/queued-jobs.ts';

export function readReason(request: ApiRequest): string {
  const { reason } = readJsonBody(request);
  if (typeof reason !== 'string') throw new ClientException('reason must be a text.');
  return reason;
}

/** `verb`: a kind of change. */
export function readChange(verb: string, request: ApiRequest): QueueingChange {
  if (verb === 'hold' || verb === 'release') return { kind: verb };
  const { priority } = readJsonBody(request);
  if (typeof priority !== 'number') throw new ClientException('priority must be a number.');
  const [wrong] = schedulingPriorityProblems('priority', priority);
  if (wrong) throw new ClientException(wrong.message);
  return { kind: 'priority', priority };
}

// Asks the server why a job is where it is: Slipway's own question, beside the Batch API.
import type { Server } from './server.ts';
import { requestJson, ServiceError } from './signed-request.ts';
import { isUnreachable } from './use-server.ts';
import { shortName } from './wording.ts';

export interface Why {
  readonly jobId: string;
  readonly status: string;
  readonly since?: number;
  /** 1 is the head of the queue. */
  readonly position?: number;
  readonly queue?: string;
  readonly reason?: { readonly code: string; readonly message: string; readonly details?: object };
  readonly notes?: readonly WhyNote[];
}

/** What the runtime could not honour of an attempt. */
export interface WhyNote {
  readonly attempt: number;
  readonly node?: number;
  readonly note: string;
}

export async function askWhy(server: Server, jobId: string): Promise<Why> {
  const answer = await requestJson(server, {
    service: 'batch',
    method: 'GET',
    path: `/_slipway/jobs/${encodeURIComponent(jobId)}/why`,
  });
  if (isWhy(answer)) return answer;
  throw new Error(`The server answered /why with something else: ${JSON.stringify(answer)}`);
}

function isWhy(answer: unknown): answer is Why {
  return typeof answer === 'object' && answer !== null && 'status' in answer && 'jobId' in answer;
}

/** `waits for job 3f2a… (position 4 in default)`; empty when the server has nothing to say. */
export function formatWhy(why: Why): string {
  const place =
    why.position === undefined ? '' : `position ${why.position} in ${shortName(why.queue ?? 'its queue')}`;
  const { message } = why.reason ?? {};
  if (!message) return place;
  return place ? `${message} (${place})` : message;
}

/** The notes as lines; those of one job whose attempts say the same, once. */
export function formatNotes({ notes = [] }: Why): readonly string[] {
  return [...new Set(notes.map(({ node, note }) => (node === undefined ? note : `node ${node}: ${note}`)))];
}

/** As `askWhy`; nothing from a server that knows no reasons (any Batch endpoint will do). */
export async function askWhyIfKnown(server: Server, jobId: string): Promise<Why | undefined> {
  try {
    return await askWhy(server, jobId);
  } catch (error) {
    if (error instanceof ServiceError) return undefined;
    throw error;
  }
}

/**
 * Why a job waits, in words; empty when nobody knows. That no server answers is not told here: whoever follows a job learns it
 * from the job, and waits.
 */
export async function whyInWords(server: Server, jobId: string): Promise<string> {
  try {
    const why = await askWhyIfKnown(server, jobId);
    return why === undefined ? '' : formatWhy(why);
  } catch (error) {
    if (isUnreachable(error)) return '';
    throw error;
  }
}

// Holds, releases or reorders a job that waits: Slipway's own calls, beside the Batch API.
import type { Server } from './server.ts';
import { requestJson } from './signed-request.ts';

export interface PlaceInLine {
  readonly jobId: string;
  readonly status: string;
  readonly held: boolean;
  readonly priority?: number;
}

export async function changeQueuedJob(
  server: Server,
  jobId: string,
  verb: 'hold' | 'release' | 'priority',
  body: object = {},
): Promise<PlaceInLine> {
  const answer = await requestJson(server, {
    service: 'batch',
    method: 'POST',
    path: `/_slipway/jobs/${encodeURIComponent(jobId)}/${verb}`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (isPlaceInLine(answer)) return answer;
  throw new Error(`The server answered /${verb} with something else: ${JSON.stringify(answer)}`);
}

function isPlaceInLine(answer: unknown): answer is PlaceInLine {
  return typeof answer === 'object' && answer !== null && 'status' in answer && 'held' in answer;
}

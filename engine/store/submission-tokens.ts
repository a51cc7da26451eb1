// Which submission a token stands for: one row beside the jobs, written together with the job, gone a day later.
import type { EpochMs, JobId, Scope } from '../../core/ids.ts';
import type { Key, Table, WriteOp } from '../table-ports.ts';

/** What the caller named, and what tells its request from another one. */
export interface SubmissionToken {
  readonly text: string;
  readonly fingerprint: string;
}

export interface KnownSubmission {
  readonly jobId: JobId;
  readonly fingerprint: string;
}

/** No longer than jobs stay: retention is never under a day. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** A partition for each token: they are never listed, and one for all would be a hot one. */
function tokenKey({ partition, region, account }: Scope, text: string): Key {
  return { pk: `token#${partition}#${region}#${account}#${text}`, sk: 'token' };
}

export async function findSubmission(
  table: Table,
  scope: Scope,
  text: string,
): Promise<KnownSubmission | undefined> {
  const row = await table.get('jobs', tokenKey(scope, text));
  return row && (row.body as KnownSubmission); // written by the operation below only
}

/** Holds only as long as nobody else has used the token. */
export function submissionOp(
  scope: Scope,
  { text, fingerprint }: SubmissionToken,
  jobId: JobId,
  atMs: EpochMs,
): WriteOp {
  const body: KnownSubmission = { jobId, fingerprint };
  const expiresAtS = Math.ceil((atMs + KEPT_MS) / 1000);
  return { kind: 'put', table: 'jobs', row: { ...tokenKey(scope, text), body, expiresAtS }, ifVersion: 0 };
}

// What tells one SubmitJob request from another that carries the same `slipway:token`: a digest of its members, in whatever
// order a client writes them.
import { createHash } from 'node:crypto';
import { tokenOf } from '../core/definition/instructions.ts';
import type { SubmitJobInput } from '../core/definition/wire.ts';
import type { SubmissionToken } from '../engine/store/submission-tokens.ts';

/** Assumes an input without problems of its own. */
export function submissionTokenOf(input: SubmitJobInput): SubmissionToken | undefined {
  const text = tokenOf(input);
  if (text === undefined) return undefined;
  return {
    text,
    fingerprint: createHash('sha256')
      .update(JSON.stringify(canonical(input)))
      .digest('base64url'),
  };
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, canonical(member)]);
}

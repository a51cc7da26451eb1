// How an ECS task names the attempt that it is: `startedBy`, which ECS filters lists by and puts into every event. ECS takes
// 128 of letters, digits, `-`, `_` and `/`; a job id also has `:` (children) or `#` (nodes), so that both are spelt otherwise.

/** Tasks of nobody else begin so: rules and policies may filter by it. */
export const STARTED_BY_PREFIX = 'slipway/';

const ATTEMPT_ID =
  /^([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:([:#])(\d{1,9}))?\/(\d{1,9})$/;
const STARTED_BY =
  /^slipway\/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:(_|-n)(\d{1,9}))?\/(\d{1,9})$/;

/** `slipway/<job id>/<attempt>`; `:3` of a child becomes `_3`, `#3` of a node `-n3`. */
export function startedByOf(attemptId: string): string {
  const match = ATTEMPT_ID.exec(attemptId);
  if (!match) throw new Error(`attempt id must be <job id>/<attempt>, not ${attemptId}`);
  const [, root = '', kind, index = '', attempt = ''] = match;
  const member = kind === undefined ? '' : kind === ':' ? `_${index}` : `-n${index}`;
  return `${STARTED_BY_PREFIX}${root}${member}/${attempt}`;
}

/** The attempt that a task is; `undefined` for tasks of others. */
export function attemptIdOf(startedBy: string | undefined): string | undefined {
  const match = startedBy === undefined ? null : STARTED_BY.exec(startedBy);
  if (!match) return undefined;
  const [, root = '', kind, index = '', attempt = ''] = match;
  const member = kind === undefined ? '' : kind === '_' ? `:${index}` : `#${index}`;
  return `${root}${member}/${attempt}`;
}

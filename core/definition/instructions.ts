// What SubmitJob can be told beyond AWS's own contract, in a way that any client can: by tags or parameters whose names begin
// with `slipway:`. They are kept and shown like any other, and mean nothing to AWS Batch. docs/beyond-aws.md is their manual.
import type { JobId } from '../ids.ts';
import { parseJobId } from '../ids.ts';
import type { AfterDependency } from '../job/spec.ts';
import { AFTER_MAX, TOKEN_MAX } from './limits.ts';
import { NO_PROBLEMS, problem, type Problems } from './problem.ts';
import type { SubmitJobInput, TextMap } from './wire.ts';

const PREFIX = 'slipway:';

/** How each list of job ids wants those jobs to end. */
const ENDS: Readonly<Record<string, AfterDependency['end']>> = {
  'slipway:after': 'SUCCESS',
  'slipway:after-any': 'ANY',
  'slipway:after-failure': 'FAILURE',
};
const TOKEN = 'slipway:token';
/** The characters that AWS takes in a tag. */
const TOKEN_TEXT = new RegExp(`^[A-Za-z0-9+=._:/@-]{1,${TOKEN_MAX}}$`);
const NAMES = [...Object.keys(ENDS), TOKEN];

type Source = Pick<SubmitJobInput, 'tags' | 'parameters' | 'dependsOn'>;

/** The jobs that it is to follow, in the order given. Assumes no `instructionProblems`. */
export function afterOf(submit: Source): readonly AfterDependency[] {
  return Object.entries(ENDS).flatMap(
    ([name, end]) => idsIn(valueOf(submit, name)).map((jobId) => ({ jobId: jobId as JobId, end })), // checked by instructionProblems
  );
}

/** Under which this submission is accepted once, however often it is sent. */
export function tokenOf(submit: Source): string | undefined {
  return valueOf(submit, TOKEN);
}

export function instructionProblems(submit: Source): Problems {
  const wrongNames = [...reserved('tags', submit.tags), ...reserved('parameters', submit.parameters)];
  if (wrongNames.length > 0) return wrongNames;
  const twice = NAMES.find(
    (name) => ownValue(submit.tags, name) !== undefined && ownValue(submit.parameters, name) !== undefined,
  );
  if (twice !== undefined)
    return problem(twice, 'must be given as a tag or as a parameter, not as both', undefined);
  return [...afterProblems(submit), ...tokenProblems(tokenOf(submit))];
}

/** The prefix is ours: a name that we do not know is a slip, and would otherwise be lost in silence. */
function reserved(field: string, given: TextMap | undefined): Problems {
  const unknown = Object.keys(given ?? {}).find((name) => name.startsWith(PREFIX) && !NAMES.includes(name));
  return unknown === undefined
    ? NO_PROBLEMS
    : problem(field, `must not have names that begin with ${PREFIX} but ${NAMES.join(', ')}`, unknown);
}

function afterProblems(submit: Source): Problems {
  const seen = new Set((submit.dependsOn ?? []).map(({ jobId }) => jobId));
  let count = 0;
  for (const name of Object.keys(ENDS)) {
    const value = valueOf(submit, name);
    const ids = idsIn(value);
    if (value !== undefined && ids.length === 0) return problem(name, 'must name at least one job', value);
    count += ids.length;
    for (const id of ids) {
      const kind = parseJobId(id)?.kind;
      if (kind === undefined || kind === 'node')
        return problem(name, 'must be ids of jobs or of array children, with commas or spaces between', id);
      if (seen.has(id)) return problem(name, 'must not name a job that this one depends on already', id);
      seen.add(id);
    }
  }
  return count <= AFTER_MAX
    ? NO_PROBLEMS
    : problem('slipway:after', `and its kind must name at most ${AFTER_MAX} jobs together`, count);
}

function tokenProblems(token: string | undefined): Problems {
  if (token === undefined || TOKEN_TEXT.test(token)) return NO_PROBLEMS;
  return problem(TOKEN, `must be 1 to ${TOKEN_MAX} letters, digits or any of + - = . _ : / @`, token);
}

function valueOf(submit: Source, name: string): string | undefined {
  return ownValue(submit.parameters, name) ?? ownValue(submit.tags, name);
}

function ownValue(given: TextMap | undefined, name: string): string | undefined {
  return given !== undefined && Object.hasOwn(given, name) ? given[name] : undefined;
}

function idsIn(value: string | undefined): readonly string[] {
  return (value ?? '').split(/[\s,]+/).filter((id) => id !== '');
}

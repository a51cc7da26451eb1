// The names AWS Batch takes, and its words for those that it does not take.
import { NO_PROBLEMS, problem, type Problems } from './problem.ts';

const RESOURCE_NAME = /^[A-Za-z0-9_-]{1,128}$/;
const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** Names of definitions, queues, compute environments and policies. */
export function resourceNameProblems(field: string, name: string): Problems {
  if (RESOURCE_NAME.test(name)) return NO_PROBLEMS;
  const message = `Provided name ${name} is not supported pattern[a-zA-Z_0-9-]{1,128}`;
  return problem(field, 'must be 1 to 128 letters, digits, hyphens or underscores', name, message);
}

export function jobNameProblems(field: string, name: string): Problems {
  if (JOB_NAME.test(name)) return NO_PROBLEMS;
  const rule = 'must begin with a letter or digit, then 0 to 127 letters, digits, hyphens or underscores';
  return problem(field, rule, name, 'Job name should match valid pattern');
}

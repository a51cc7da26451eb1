// Rules of what a definition and a submission have in common: retries, timeout, priority, tags, consumable resources.
import type { EvaluateOnExit } from '../job/spec.ts';
import {
  ATTEMPTS_MAX,
  EVALUATE_ON_EXIT_MAX,
  EXIT_PATTERN_MAX,
  SCHEDULING_PRIORITY_MAX,
  TAG_KEY_MAX,
  TAG_VALUE_MAX,
  TAGS_MAX,
  TIMEOUT_SECONDS_MIN,
} from './limits.ts';
import {
  NO_PROBLEMS,
  countProblems,
  eachProblems,
  problem,
  requiredProblems,
  wholeNumberProblems,
  type Problems,
} from './problem.ts';
import type { ConsumableResourceProperties, RetryStrategyInput, TextMap, TimeoutInput } from './wire.ts';

const EXIT_CODE_PATTERN = /^(?:\d+\*?|\*)$/;
const REASON_PATTERN = /^(?:[A-Za-z0-9.: \t]+\*?|\*)$/;

export function retryStrategyProblems(field: string, strategy: RetryStrategyInput | undefined): Problems {
  if (strategy === undefined) return NO_PROBLEMS;
  const { attempts, evaluateOnExit } = strategy;
  const hasRules = (evaluateOnExit?.length ?? 0) > 0;
  return [
    ...(hasRules && attempts === undefined
      ? problem(`${field}.attempts`, 'is required with evaluateOnExit', undefined)
      : NO_PROBLEMS),
    ...wholeNumberProblems(`${field}.attempts`, attempts, { min: 1, max: ATTEMPTS_MAX }),
    ...countProblems(`${field}.evaluateOnExit`, evaluateOnExit, { max: EVALUATE_ON_EXIT_MAX }),
    ...eachProblems(`${field}.evaluateOnExit`, evaluateOnExit, exitRuleProblems),
  ];
}

function exitRuleProblems(field: string, rule: EvaluateOnExit): Problems {
  const { action, onExitCode, onReason, onStatusReason } = rule;
  const hasCondition = [onExitCode, onReason, onStatusReason].some((pattern) => pattern !== undefined);
  const letters = 'must be letters, digits, periods, colons, spaces or tabs with an optional final *';
  return [
    ...(/^(?:retry|exit)$/i.test(action)
      ? NO_PROBLEMS
      : problem(`${field}.action`, 'must be RETRY or EXIT', action)),
    ...(hasCondition
      ? NO_PROBLEMS
      : problem(field, 'must have at least one of onExitCode, onReason, onStatusReason', rule)),
    ...patternProblems(
      `${field}.onExitCode`,
      onExitCode,
      EXIT_CODE_PATTERN,
      'must be digits with an optional final *',
    ),
    ...patternProblems(`${field}.onReason`, onReason, REASON_PATTERN, letters),
    ...patternProblems(`${field}.onStatusReason`, onStatusReason, REASON_PATTERN, letters),
  ];
}

function patternProblems(
  field: string,
  pattern: string | undefined,
  grammar: RegExp,
  rule: string,
): Problems {
  if (pattern === undefined) return NO_PROBLEMS;
  if (pattern.length > EXIT_PATTERN_MAX) {
    return problem(field, `must have at most ${EXIT_PATTERN_MAX} characters`, pattern);
  }
  return grammar.test(pattern) ? NO_PROBLEMS : problem(field, rule, pattern);
}

export function timeoutProblems(field: string, timeout: TimeoutInput | undefined): Problems {
  return wholeNumberProblems(`${field}.attemptDurationSeconds`, timeout?.attemptDurationSeconds, {
    min: TIMEOUT_SECONDS_MIN,
  });
}

export function schedulingPriorityProblems(field: string, priority: number | undefined): Problems {
  return wholeNumberProblems(field, priority, { min: 0, max: SCHEDULING_PRIORITY_MAX });
}

export function tagsProblems(field: string, tags: TextMap | undefined): Problems {
  const entries = Object.entries(tags ?? {});
  if (entries.length > TAGS_MAX) {
    const message = `${field} must have at most ${TAGS_MAX} tags, but has ${entries.length}.`;
    return problem(field, `must have at most ${TAGS_MAX} tags`, entries.length, message);
  }
  return entries.flatMap(([key, value]) => tagProblems(field, key, value));
}

function tagProblems(field: string, key: string, value: string): Problems {
  if (key.length < 1 || key.length > TAG_KEY_MAX) {
    return problem(field, `must have keys of 1 to ${TAG_KEY_MAX} characters`, key);
  }
  if (/^aws:/i.test(key)) return problem(field, 'must not have keys that begin with aws:', key);
  if (value.length > TAG_VALUE_MAX) {
    return problem(`${field}.${key}`, `must have at most ${TAG_VALUE_MAX} characters`, value);
  }
  return NO_PROBLEMS;
}

export function consumableResourcesProblems(
  field: string,
  properties: ConsumableResourceProperties | undefined,
): Problems {
  return eachProblems(
    `${field}.consumableResourceList`,
    properties?.consumableResourceList,
    (path, { consumableResource, quantity }) => [
      ...requiredProblems(`${path}.consumableResource`, consumableResource),
      ...requiredProblems(`${path}.quantity`, quantity),
      ...wholeNumberProblems(`${path}.quantity`, quantity, { min: 1 }),
    ],
  );
}

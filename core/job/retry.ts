// The retry judge: what follows from an ended attempt, and the sentence that says why (contract §3.5).
import type { EvaluateOnExit, RetryStrategy } from './spec.ts';

/** What the judge sees of the attempt that just ended. */
export interface AttemptEnd {
  readonly exitCode?: number;
  readonly reason?: string;
  readonly statusReason: string;
}

export type RetryDecision =
  | { readonly action: 'succeed'; readonly because: string }
  | { readonly action: 'retry'; readonly because: string }
  | { readonly action: 'fail'; readonly because: string };

/**
 * First match decides: a requested stop or a timeout is final, exit 0 succeeds, then the number of attempts, then the
 * rules in order; rules that all fail to match retry. `attemptsUsed` includes the one that just ended.
 */
export function decideRetry(
  strategy: RetryStrategy,
  attemptsUsed: number,
  end: AttemptEnd,
  stopRequested: boolean,
): RetryDecision {
  if (stopRequested) return { action: 'fail', because: 'a stop was requested; a stopped job is not retried' };
  if (end.exitCode === 0) return { action: 'succeed', because: 'the container exited with code 0' };
  if (attemptsUsed >= strategy.attempts) {
    return { action: 'fail', because: `all ${strategy.attempts} attempts are used` };
  }
  if (strategy.evaluateOnExit.length === 0) {
    return { action: 'retry', because: `attempt ${attemptsUsed} of ${strategy.attempts} failed` };
  }
  for (const [index, rule] of strategy.evaluateOnExit.entries()) {
    if (!matchesRule(rule, end)) continue;
    const retry = rule.action.toUpperCase() === 'RETRY';
    return {
      action: retry ? 'retry' : 'fail',
      because: `evaluateOnExit rule ${index + 1} says ${rule.action}`,
    };
  }
  return { action: 'retry', because: 'no evaluateOnExit rule matched' };
}

function matchesRule(rule: EvaluateOnExit, end: AttemptEnd): boolean {
  return (
    matchesPattern(rule.onExitCode, end.exitCode === undefined ? undefined : String(end.exitCode)) &&
    matchesPattern(rule.onReason, end.reason) &&
    matchesPattern(rule.onStatusReason, end.statusReason)
  );
}

/**
 * Whole-string equality, or a prefix when the pattern ends in `*`. A pattern that was not given matches; `*` alone matches
 * an absent value too (AWS documents `onReason: "*"` as the catch-all), any other pattern does not.
 */
export function matchesPattern(pattern: string | undefined, value: string | undefined): boolean {
  if (pattern === undefined || pattern === '*') return true;
  if (value === undefined) return false;
  return pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern;
}

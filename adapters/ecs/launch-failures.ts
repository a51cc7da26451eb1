// Why ECS starts a task not, and what follows: `no-capacity` is the environment's trouble of the moment, after which the job goes
// back into line and tries the next environment; `final` is the job's, and uses an attempt. One table, in AWS's words.
// Sources: ECS Developer Guide, "API failure reasons" and "Service event messages"; API Reference, RunTask, Errors;
// Fargate quotas. What is not in the table: a failure of placement is no-capacity, an error that blames the request is final.
import type { Failure } from '@aws-sdk/client-ecs';
import type { LaunchOutcome } from '../../engine/launch-ports.ts';

type Verdict = 'no-capacity' | 'final';

interface FailureRule {
  /** How ECS's `failures[].reason`, or its error's message, begins or what it holds. */
  readonly says: string | RegExp;
  readonly verdict: Verdict;
  /** What AWS documents about it. */
  readonly means: string;
}

const REASONS: readonly FailureRule[] = [
  { says: 'RESOURCE:CPU', verdict: 'no-capacity', means: 'no instance has the CPU units free' },
  { says: 'RESOURCE:MEMORY', verdict: 'no-capacity', means: 'no instance has the memory free' },
  { says: 'RESOURCE:GPU', verdict: 'no-capacity', means: 'no instance has the GPUs free' },
  {
    says: 'RESOURCE:ENI',
    verdict: 'no-capacity',
    means: 'no instance can attach another network interface (awsvpc)',
  },
  { says: 'RESOURCE:PORTS', verdict: 'no-capacity', means: 'the host ports are taken' },
  { says: 'RESOURCE:', verdict: 'no-capacity', means: 'another resource is taken' },
  { says: 'AGENT', verdict: 'no-capacity', means: 'the container agent of the instance is not connected' },
  {
    says: 'ATTRIBUTE',
    verdict: 'no-capacity',
    means: 'no instance has an attribute that the task definition needs; those of another environment may',
  },
  {
    says: 'LOCATION',
    verdict: 'no-capacity',
    means: 'no instance is in the Availability Zone of the subnets',
  },
  { says: 'MISSING', verdict: 'no-capacity', means: 'the container instance is not there any more' },
  { says: 'INACTIVE', verdict: 'no-capacity', means: 'the container instance was deregistered' },
  {
    says: /^(memberOf|distinctInstance|dependsOn)? ?placement constraint unsatisfied/i,
    verdict: 'no-capacity',
    means: 'the named container instance is not registered, or not any more',
  },
  {
    says: /capacity is unavailable at this time/i,
    verdict: 'no-capacity',
    means: 'Fargate has none in the Availability Zones of the subnets; for Fargate Spot an everyday answer',
  },
  {
    says: /reached the limit on the number of (vCPUs|tasks) you can run concurrently/i,
    verdict: 'no-capacity',
    means: "the account's Fargate quota is used up, perhaps by others",
  },
  {
    says: /no container instances were found/i,
    verdict: 'no-capacity',
    means: 'the cluster, or the capacity provider, has no instance yet',
  },
  {
    says: /empty capacity provider/i,
    verdict: 'no-capacity',
    means: 'its Auto Scaling group has no instance',
  },
  {
    says: /capacity provider.* (not found|not associated|is not active|inactive|deleted|could not be found)/i,
    verdict: 'no-capacity',
    means: 'the environment is being made or taken down',
  },
];

/** By error name, where the message does not say more. */
const ERRORS: Readonly<Record<string, Verdict>> = {
  // The environment is not, or not yet, what its row says.
  ClusterNotFoundException: 'no-capacity',
  LimitExceededException: 'no-capacity',
  // What was asked for cannot run: its roles, its platform version, its combination of features.
  AccessDeniedException: 'final',
  BlockedException: 'final',
  ClientException: 'final',
  InvalidParameterException: 'final',
  PlatformTaskDefinitionIncompatibilityException: 'final',
  PlatformUnknownException: 'final',
  UnsupportedFeatureException: 'final',
};

export type LaunchRefusal = LaunchOutcome & { readonly started: false };

/** Of a RunTask call that started nothing. */
export function refusalOf(failures: readonly Failure[]): LaunchRefusal {
  const told = failures.map(({ reason = 'UNKNOWN', detail }) => (detail ? `${reason}: ${detail}` : reason));
  const reason = [...new Set(told)].join('; ');
  // A request for one task fails for one reason on each instance; one that is final for any is final.
  const isFinal = failures.some((failure) => verdictOn(failure.reason ?? '') === 'final');
  return isFinal ? { started: false, reason } : { started: false, reason, kind: 'no-capacity' };
}

/** Of an error that ECS answered with; `undefined` for one that says nothing about the task. */
export function refusalByError(error: unknown): LaunchRefusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const verdict = verdictOn(error.message) ?? ERRORS[error.name];
  switch (verdict) {
    case 'no-capacity':
      return { started: false, reason: error.message, kind: 'no-capacity' };
    case 'final':
      return { started: false, reason: `${error.name}: ${error.message}` };
    case undefined:
      return undefined;
  }
}

function verdictOn(text: string): Verdict | undefined {
  const rule = REASONS.find(({ says }) =>
    typeof says === 'string' ? text.startsWith(says) : says.test(text),
  );
  return rule?.verdict;
}

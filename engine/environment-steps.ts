// What the states of statemachines/compute-environment.asl.json do: each asks the infrastructure for one step and answers with
// the state to go on with. The row says what is to be done, so an execution that was started again, late or twice, finds its
// change in the row or ends; every step may be repeated.
import type { ComputeEnvironmentArn } from '../core/ids.ts';
import { DEFAULT_UPDATE_POLICY } from '../core/placement/compute-environment.ts';
import type { ComputeEnvironment } from '../core/placement/compute-environment.ts';
import type { EnvironmentChange } from '../core/placement/compute-environment-change.ts';
import { HEALTHY } from '../core/placement/compute-environment-change.ts';
import type { Outcome } from '../core/resource.ts';
import type { ApplyEnvironment, EnvironmentDeps } from './environments.ts';
import { settleEnvironment } from './environments.ts';
import type { EnvironmentWork, Infrastructure, StepAnswer } from './capacity-ports.ts';
import type { Clock, Workflows } from './ports.ts';
import { getEnvironment } from './store/compute-environments.ts';

export interface EnvironmentStepDeps {
  readonly environments: EnvironmentDeps;
  readonly infrastructure: Infrastructure;
  readonly clock: Clock;
}

/** States that wait for the infrastructure: the step each one asks for, and the state after it. */
const STEPS = {
  CREATING: { step: 'prepare', next: 'BUILDING' },
  UPDATING: { step: 'prepare', next: 'BUILDING' },
  BUILDING: { step: 'isReady', next: 'VALID' },
  DELETING: { step: 'drain', next: 'DRAINING' },
  DRAINING: { step: 'isDrained', next: 'REMOVING' },
  REMOVING: { step: 'remove', next: 'GONE' },
} as const satisfies Record<string, { readonly step: keyof Infrastructure; readonly next: string }>;

type StepState = keyof typeof STEPS;
/** States that commit how the change ended. */
type EndState = 'VALID' | 'INVALID' | 'GONE';
/** `SUPERSEDED`: the change has been settled already, and nothing is left to do. */
export type EnvironmentState = StepState | EndState | 'SUPERSEDED';

/** What goes from state to state. The machine reads all of these members, so none may be missing from an answer. */
export interface EnvironmentProgress {
  readonly state: EnvironmentState;
  readonly ceArn: ComputeEnvironmentArn;
  readonly changeId: string;
  readonly waitSeconds: number;
  /** Why the environment is INVALID; empty before. */
  readonly statusReason: string;
}

/** The payload of the function `environment`. */
export interface EnvironmentStepRequest {
  readonly state: StepState | EndState;
  /** When the execution began, ISO 8601. */
  readonly startedAt: string;
  readonly from: Pick<EnvironmentProgress, 'ceArn' | 'changeId'> & {
    readonly statusReason?: string;
    /** The error of a step that kept failing. */
    readonly failure?: { readonly Error?: string; readonly Cause?: string };
  };
}

/** How long a change may take before it counts as failed. Draining waits for jobs that still run, however long they take. */
const PATIENCE_MINUTES = 60;
const DELETE_PATIENCE_MINUTES = 7 * 24 * 60;
/**
 * Waits grow with the time that has passed, so that a week of draining stays within the 25,000 events that the history of an
 * execution may hold (about ten for each look).
 */
const WAIT_GROWTH = 1 / 20;
const LONGEST_WAIT_SECONDS = 300;
const REASON_CHARACTERS_MAX = 1_000;

/** A cloud's `applyEnvironment`: an execution of the machine does it, and settles the change by its id. */
export function createApplyEnvironment(workflows: Pick<Workflows, 'ensure'>): ApplyEnvironment {
  return async ({ name, ceArn }, { kind }, changeId) => {
    const state = { create: 'CREATING', update: 'UPDATING', delete: 'DELETING' } as const;
    // An execution's name has 80 characters at most, six of them for its number; the id alone makes it unique, the name makes it readable.
    const subject = `${name.slice(0, 37)}-${changeId}`;
    await workflows.ensure('compute-environment', subject, { state: state[kind], ceArn, changeId });
    return 'in-progress';
  };
}

export async function takeEnvironmentStep(
  deps: EnvironmentStepDeps,
  request: EnvironmentStepRequest,
): Promise<EnvironmentProgress> {
  const { state, from } = request;
  if (state === 'VALID' || state === 'INVALID' || state === 'GONE') {
    const outcome = outcomeOf(state, from);
    await settleEnvironment(deps.environments, from.ceArn, from.changeId, outcome);
    return progressTo(request, state, { statusReason: outcome.statusReason });
  }
  const stored = await getEnvironment(deps.environments.table, from.ceArn);
  const underWay = stored?.record.underWay;
  if (!stored || underWay?.changeId !== from.changeId) return progressTo(request, 'SUPERSEDED');
  const work = { environment: stored.record.environment, ...underWay };
  const { step, next } = STEPS[state];
  const answer = await deps.infrastructure[step](work);
  return afterStep(deps, request, { work, answer, next });
}

interface TakenStep {
  readonly work: EnvironmentWork;
  readonly answer: StepAnswer;
  readonly next: EnvironmentState;
}

function afterStep(
  { clock }: EnvironmentStepDeps,
  request: EnvironmentStepRequest,
  { work, answer, next }: TakenStep,
): EnvironmentProgress {
  switch (answer.kind) {
    case 'done':
      return progressTo(request, next);
    case 'refused':
      return progressTo(request, 'INVALID', { statusReason: `CLIENT_ERROR - ${answer.reason}` });
    case 'wait': {
      const patienceSeconds = patienceMinutes(work.environment, work.change) * 60;
      const elapsedSeconds = secondsSince(request.startedAt, clock);
      if (elapsedSeconds >= patienceSeconds) {
        const statusReason = `INTERNAL_ERROR - Not finished after ${patienceSeconds / 60} minutes: ${answer.because}`;
        return progressTo(request, 'INVALID', { statusReason });
      }
      const seconds = Math.ceil(Math.max(answer.seconds, elapsedSeconds * WAIT_GROWTH));
      const waitSeconds = Math.min(Math.max(1, seconds), LONGEST_WAIT_SECONDS);
      return progressTo(request, request.state, { waitSeconds });
    }
  }
}

function secondsSince(startedAt: string, clock: Clock): number {
  const startedAtMs = Date.parse(startedAt);
  if (Number.isNaN(startedAtMs)) throw new Error(`startedAt must be a time in ISO 8601, not ${startedAt}`);
  return (clock.now() - startedAtMs) / 1000;
}

/** An infrastructure update leaves the jobs on the old instances the time that the owner's policy gives them. */
function patienceMinutes(environment: ComputeEnvironment, change: EnvironmentChange): number {
  if (change.kind === 'delete') return DELETE_PATIENCE_MINUTES;
  if (change.kind === 'create' || !change.infrastructure || environment.type === 'UNMANAGED') {
    return PATIENCE_MINUTES;
  }
  const { terminateJobsOnUpdate, jobExecutionTimeoutMinutes } =
    environment.updatePolicy ?? DEFAULT_UPDATE_POLICY;
  return PATIENCE_MINUTES + (terminateJobsOnUpdate ? 0 : jobExecutionTimeoutMinutes);
}

function progressTo(
  { from: { ceArn, changeId } }: EnvironmentStepRequest,
  state: EnvironmentState,
  details: { readonly waitSeconds?: number; readonly statusReason?: string } = {},
): EnvironmentProgress {
  return { state, ceArn, changeId, waitSeconds: 0, statusReason: '', ...details };
}

function outcomeOf(state: EndState, { statusReason, failure }: EnvironmentStepRequest['from']): Outcome {
  if (state !== 'INVALID') return HEALTHY;
  const reason = failure ? `INTERNAL_ERROR - ${sentenceOf(failure)}` : (statusReason ?? '');
  return { status: 'INVALID', statusReason: reason.slice(0, REASON_CHARACTERS_MAX) };
}

/** The cause of a failed Lambda task is its error as JSON text; of other failures it is a sentence. */
function sentenceOf({
  Error: name = 'Error',
  Cause: cause = '',
}: {
  Error?: string;
  Cause?: string;
}): string {
  const message = errorMessageOf(cause) ?? cause;
  return message === '' ? name : `${name}: ${message}`;
}

function errorMessageOf(cause: string): string | undefined {
  if (!cause.startsWith('{')) return undefined;
  try {
    const { errorMessage } = JSON.parse(cause) as { errorMessage?: unknown }; // an object, by its first character
    return typeof errorMessage === 'string' ? errorMessage : undefined;
  } catch {
    return undefined; // a text that only begins like JSON, or was cut
  }
}

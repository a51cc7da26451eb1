// Drives a CloudFormation resource to its end: takes steps while the function has time, then sends itself the event again, and
// answers the stack once, whatever happens. What takes too long, or fails in a way nobody foresaw, is answered as failed: a stack
// that waits for nobody would hang for an hour.
import type { SQSEvent } from 'aws-lambda';
import type { EpochMs } from '../core/ids.ts';
import type { StackAnswer } from './answer-stack.ts';
import type { ResourceEvent, ResourceWork, Step, StepDeps } from './resource-steps.ts';
import { takeStep } from './resource-steps.ts';

export interface ResourceEventDeps extends Omit<StepDeps, 'mayWaitForOthers'> {
  readonly nowMs: () => EpochMs;
  readonly pause: (ms: number) => Promise<void>;
  /** Brings the work back after about that time. */
  readonly sendLater: (work: ResourceWork, delaySeconds: number) => Promise<void>;
  readonly answerStack: (event: ResourceEvent, answer: StackAnswer) => Promise<void>;
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Less than the hour after which CloudFormation stops listening. */
const PATIENCE_MS = 55 * 60_000;
/** How long the things a resource names may take to come to be: a stack makes them first, an emulator beside it. */
const OTHERS_MS = 10 * 60_000;
/** Of the function's 30 seconds. */
const TIME_MS = 15_000;
const LOOK_MS = 1_000;
const MAX_DELAY_SECONDS = 30;

/** An event of CloudFormation, or one that comes back from the queue. */
export async function handleResourceEvent(
  deps: ResourceEventDeps,
  event: ResourceEvent | SQSEvent,
): Promise<void> {
  if (!('Records' in event)) {
    await driveResource(deps, { event, firstAtMs: deps.nowMs(), tries: 0 });
    return;
  }
  for (const { body } of event.Records) {
    await driveResource(deps, JSON.parse(body) as ResourceWork); // written by sendLater only
  }
}

async function driveResource(deps: ResourceEventDeps, begun: ResourceWork): Promise<void> {
  const { event, firstAtMs } = begun;
  const untilMs = deps.nowMs() + TIME_MS;
  let work = begun;
  for (;;) {
    const step = await nextStep(deps, work);
    if (step.kind !== 'again') {
      await answer(deps, event, step);
      return;
    }
    if (step.arn !== undefined) work = { ...work, arn: step.arn };
    if (deps.nowMs() - firstAtMs > PATIENCE_MS) {
      await giveUp(deps, work, `It took too long: ${step.because}`);
      return;
    }
    if (deps.nowMs() + LOOK_MS > untilMs) break;
    await deps.pause(LOOK_MS);
  }
  await comeBack(deps, { ...work, tries: work.tries + 1 });
}

/** A failure on our side is worth another try; the patience above bounds how many. */
async function nextStep(deps: ResourceEventDeps, work: ResourceWork): Promise<Step> {
  const mayWaitForOthers = deps.nowMs() - work.firstAtMs < OTHERS_MS;
  try {
    return await takeStep({ ...deps, mayWaitForOthers }, work);
  } catch (error) {
    deps.log('resource.step-failed', { ...subjectOf(work.event), error: String(error) });
    return { kind: 'again', because: String(error) };
  }
}

async function comeBack(deps: ResourceEventDeps, work: ResourceWork): Promise<void> {
  try {
    await deps.sendLater(work, Math.min(MAX_DELAY_SECONDS, 2 ** work.tries));
  } catch (error) {
    deps.log('resource.requeue-failed', { ...subjectOf(work.event), error: String(error) });
    await giveUp(deps, work, `Slipway could not go on with it: ${String(error)}`);
  }
}

async function giveUp(deps: ResourceEventDeps, { event, arn }: ResourceWork, reason: string): Promise<void> {
  const physicalId = arn ?? event.PhysicalResourceId ?? 'nothing-was-made';
  await answer(deps, event, { kind: 'failed', physicalId, reason });
}

async function answer(
  deps: ResourceEventDeps,
  event: ResourceEvent,
  step: Exclude<Step, { kind: 'again' }>,
): Promise<void> {
  const { physicalId } = step;
  deps.log(`resource.${step.kind}`, { ...subjectOf(event), physicalId });
  await deps.answerStack(
    event,
    step.kind === 'done'
      ? { status: 'SUCCESS', physicalId }
      : { status: 'FAILED', physicalId, reason: step.reason },
  );
}

function subjectOf({ RequestType, ResourceType, LogicalResourceId, StackId }: ResourceEvent): object {
  return { request: RequestType, type: ResourceType, resource: LogicalResourceId, stack: StackId };
}

// A cloud at rest: nothing has changed for longer than any safety net waits. What has not ended by then waits, and says truthfully
// for what; what is in a dead-letter queue was poisoned on purpose.
import { isTerminal } from '../../../core/job/job.ts';
import { loadDomainOf } from '../../../engine/scheduling-domain.ts';
import { createJobStore } from '../../../engine/store/jobs.ts';
import { checkRest } from '../rest-invariants.ts';
import type { SimulatedCloud } from './simulated-cloud.ts';

/** Longer than the longest wait: five minutes for an environment that refused, or for an array that stands still. */
const QUIET_MINUTES = 7;
const PATIENT_MINUTES = 180;
/** A little more than the minute of the reconciler's schedule: whoever looks at its pace may find it at work every time. */
const LOOK_EVERY_MS = 61_000;

/** Lets time pass until nothing happens any more. */
export async function comeToRest(cloud: SimulatedCloud, quietMinutes = QUIET_MINUTES): Promise<void> {
  let quiet = 0;
  let commits = cloud.rows.count();
  for (let minutes = 0; quiet < quietMinutes; minutes += 1) {
    if (minutes === PATIENT_MINUTES) cloud.watched.violated('1 not lost', 'the cloud does not come to rest');
    await cloud.advance(LOOK_EVERY_MS);
    const isStill =
      commits === cloud.rows.count() &&
      cloud.stream.isIdle() &&
      cloud.queue.isIdle() &&
      cloud.stack.isIdle() &&
      cloud.fleets.isStill() &&
      isEveryChangeDone(cloud);
    quiet = isStill ? quiet + 1 : 0;
    commits = cloud.rows.count();
  }
}

/** A deletion waits for the jobs that run there, however long. */
function isEveryChangeDone({ rows, ecs }: SimulatedCloud): boolean {
  const busy = new Set([...rows.placements.values()].map(({ ceArn }) => ceArn));
  return [...rows.environments].every(
    ([ceArn, { status }]) =>
      status === 'VALID' || status === 'INVALID' || (busy.has(ceArn) && ecs.live().length > 0),
  );
}

export interface Expected {
  /** Jobs may be left that wait or run. */
  readonly mayWait?: boolean;
}

export async function checkCloudAtRest(
  cloud: SimulatedCloud,
  { mayWait = false }: Expected = {},
): Promise<void> {
  const { behind, watched, invariants, stream, queue, bus, executions, time } = cloud;
  const store = createJobStore(behind, 0);
  await checkRest(watched, {
    behind,
    isDriven: executions.isRunning,
    scheduleOf: (queueArn) => ({
      store,
      clock: time.clock,
      loadDomain: () => loadDomainOf(behind, queueArn),
    }),
  });
  for (const id of invariants.missingEvents())
    watched.violated('6 events', `${id} was committed and never told`);
  for (const number of stream.deadLetters)
    if (!stream.poisoned.has(number)) watched.violated('1 not lost', `change ${number} was given up`);
  for (const body of cloud.stack.deadLetters)
    watched.violated('1 not lost', `a resource was given up: ${body.slice(0, 200)}`);
  for (const body of queue.deadLetters) watched.violated('1 not lost', `a wake was given up: ${body}`);
  for (const event of bus.deadLetters.filter(isOfTask))
    watched.violated('1 not lost', `an event was given up: ${JSON.stringify(event).slice(0, 200)}`);
  if (!mayWait) checkNothingLeft(cloud);
  await cloud.advance(1);
}

/** What is told of machines is seen by the next minute's look at them as well. */
function isOfTask(event: object): boolean {
  return (event as { 'detail-type'?: string })['detail-type'] === 'ECS Task State Change'; // as the bus made it
}

function checkNothingLeft({ rows, watched, ecs, fleets }: SimulatedCloud): void {
  for (const job of rows.jobs.values())
    if (!isTerminal(job)) watched.violated('1 not lost', `${job.jobId} is ${job.status} at the end`);
  for (const [place, { used, placements }] of rows.ledgers)
    if (placements > 0 || used.vcpus > 0) watched.violated('5 capacity', `${place} is not given back`);
  for (const { attemptId } of ecs.live()) watched.violated('3 attempts', `${attemptId} runs at the end`);
  fleets.checkNothingLeft();
}

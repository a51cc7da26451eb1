// What users submit, drawn from a seed: single jobs and arrays, webs of dependencies, retries, timeouts, shares, licences,
// and jobs that nothing can ever hold.
import type { submitJob } from '../../api/operations/submit-job.ts';
import type { JobId } from '../../core/ids.ts';
import { childJobId } from '../../core/ids.ts';
import type { SeededRandom } from './seeded-random.ts';

export type SubmitInput = Parameters<typeof submitJob.handle>[1];
type DependsOn = NonNullable<SubmitInput['dependsOn']>;

export interface Submitted {
  readonly jobId: JobId;
  readonly arraySize?: number;
}

export interface SubmissionContext {
  readonly random: SeededRandom;
  readonly queue: string;
  /** Its queue shares by identifiers. */
  readonly isFair: boolean;
  readonly definition: string;
  readonly consumables: readonly string[];
  /** What may be waited for, oldest first. */
  readonly submitted: readonly Submitted[];
}

export function drawSubmission(context: SubmissionContext): SubmitInput {
  const { random, queue, definition, isFair } = context;
  const arraySize = random.chance(0.35) ? drawSize(random) : undefined;
  const dependsOn = drawDependencies(context, arraySize);
  return {
    jobName: 'job',
    jobQueue: queue,
    jobDefinition: definition,
    ...(isFair ? { shareIdentifier: random.pick(['red', 'green', 'blue']) } : {}),
    ...(isFair && random.chance(0.3) ? { schedulingPriorityOverride: random.int(0, 9) } : {}),
    ...(arraySize === undefined ? {} : { arrayProperties: { size: arraySize } }),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(random.chance(0.5) ? { retryStrategy: drawRetryStrategy(random) } : {}),
    ...(random.chance(0.3) ? { timeout: { attemptDurationSeconds: random.int(60, 120) } } : {}),
    ...drawConsumables(context),
    containerOverrides: drawOverrides(random),
  };
}

function drawSize(random: SeededRandom): number {
  return random.weighted([
    [6, random.int(2, 5)],
    [2, random.int(6, 12)],
    [1, 20],
  ]);
}

function drawOverrides(random: SeededRandom): NonNullable<SubmitInput['containerOverrides']> {
  return {
    resourceRequirements: [
      // Now and then more than an environment has, rarely more than the host has.
      {
        type: 'VCPU',
        value: random.weighted([
          [60, '1'],
          [20, '2'],
          [10, '4'],
          [2, '99'],
        ]),
      },
      { type: 'MEMORY', value: random.pick(['128', '512', '2048']) },
      ...(random.chance(0.15) ? [{ type: 'GPU' as const, value: '1' }] : []),
    ],
    // Accepted, and failed when it could start: the limit on the length of overrides.
    ...(random.chance(0.03) ? { environment: [{ name: 'LONG', value: 'x'.repeat(9_000) }] } : {}),
  };
}

function drawConsumables({ random, consumables }: SubmissionContext): Partial<SubmitInput> {
  const wanted = consumables.filter(() => random.chance(0.25));
  if (wanted.length === 0) return {};
  const consumableResourceList = wanted.map((consumableResource) => ({
    consumableResource,
    quantity: random.int(1, 2),
  }));
  return { consumableResourcePropertiesOverride: { consumableResourceList } };
}

function drawRetryStrategy(random: SeededRandom): NonNullable<SubmitInput['retryStrategy']> {
  const evaluateOnExit = random.pick([
    undefined,
    [{ onExitCode: '7', action: 'EXIT' as const }],
    [
      { onExitCode: '137', action: 'RETRY' as const },
      { onExitCode: '1', action: 'EXIT' as const },
    ],
    [{ onStatusReason: 'Host EC2*', action: 'EXIT' as const }],
  ]);
  return { attempts: random.int(1, 4), ...(evaluateOnExit ? { evaluateOnExit } : {}) };
}

function drawDependencies(
  { random, submitted }: SubmissionContext,
  arraySize: number | undefined,
): DependsOn {
  const found = new Map<string, DependsOn[number]>();
  if (arraySize !== undefined && random.chance(0.25)) found.set('', { type: 'SEQUENTIAL' });
  if (random.chance(0.5)) return [...found.values()];
  const recent = submitted.slice(-8);
  for (let count = random.int(1, 3); count > 0; count -= 1) {
    const other = random.pickSome(recent);
    if (!other) continue;
    const twin = random.pickSome(
      recent.filter((job) => arraySize !== undefined && job.arraySize === arraySize),
    );
    if (twin && random.chance(0.6)) found.set(twin.jobId, { jobId: twin.jobId, type: 'N_TO_N' });
    else found.set(other.jobId, { jobId: drawPart(random, other) });
  }
  return [...found.values()];
}

/** The job, or one child of an array. */
export function drawPart(random: SeededRandom, { jobId, arraySize }: Submitted): JobId {
  return arraySize !== undefined && random.chance(0.3)
    ? childJobId(jobId, random.int(0, arraySize - 1))
    : jobId;
}

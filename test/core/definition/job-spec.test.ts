import { describe, expect, it } from 'vitest';
import {
  DEPRECATED_OVERRIDE_IGNORED,
  OVERRIDES_TOO_LONG,
  resolveJobSpec,
  TOO_MANY_PROPAGATED_TAGS,
  type ResolvedJobSpec,
} from '../../../core/definition/job-spec.ts';
import type { JobDefinitionInput, SubmitJobInput } from '../../../core/definition/wire.ts';
import type { JobSpec } from '../../../core/job/spec.ts';
import {
  aContainer,
  aDefinition,
  aFargateContainer,
  aNodeDefinition,
  aSubmission,
  aTask,
  ONE_VCPU,
  QUEUE_ARN,
} from './definition-builders.ts';

type Definition = Partial<JobDefinitionInput>;
type Submission = Partial<SubmitJobInput>;

const resolve = (definition: Definition, submit: Submission): ResolvedJobSpec =>
  resolveJobSpec(aDefinition(definition), aSubmission(submit), QUEUE_ARN);

function specOf(definition: Definition, submit: Submission): JobSpec {
  const resolved = resolve(definition, submit);
  if ('problem' in resolved) throw new Error(resolved.problem.message);
  return resolved.ok;
}

const requirement = (type: string, value: string) => ({ type, value });

describe('the specification of a job', () => {
  it('is settled from the definition alone when the submission says nothing more', () => {
    expect(resolve({}, {})).toEqual({
      ok: {
        jobName: 'job',
        queueArn: QUEUE_ARN,
        definitionArn: 'arn:aws:batch:us-east-1:123456789012:job-definition/d:1',
        container: {
          image: 'busybox',
          command: [],
          environment: [],
          mountPoints: [],
          resourceRequirements: ONE_VCPU,
          secrets: [],
          ulimits: [],
          volumes: [],
        },
        demand: { vcpus: 1, memoryMiB: 2048, gpus: 0 },
        parameters: {},
        retryStrategy: { attempts: 1, evaluateOnExit: [] },
        dependsOn: [],
        tags: {},
        platformCapabilities: [],
      },
      notes: [],
    });
  });

  const rules = [{ action: 'EXIT', onReason: '*' }];
  it.each<[string, Definition, Submission, Partial<JobSpec>]>([
    [
      'overlays parameters, the job winning',
      { parameters: { a: '1', b: '2' } },
      { parameters: { b: '3' } },
      { parameters: { a: '1', b: '3' } },
    ],
    [
      'keeps the command unsubstituted',
      { containerProperties: aContainer({ command: ['Ref::a'] }), parameters: { a: '1' } },
      {},
      { parameters: { a: '1' } },
    ],
    [
      "takes the definition's retry strategy",
      { retryStrategy: { attempts: 3, evaluateOnExit: rules } },
      {},
      { retryStrategy: { attempts: 3, evaluateOnExit: rules } },
    ],
    [
      'replaces the retry strategy as a whole',
      { retryStrategy: { attempts: 3, evaluateOnExit: rules } },
      { retryStrategy: { attempts: 2 } },
      { retryStrategy: { attempts: 2, evaluateOnExit: [] } },
    ],
    [
      'takes an empty retry strategy for none',
      { retryStrategy: { attempts: 3 } },
      { retryStrategy: {} },
      { retryStrategy: { attempts: 3, evaluateOnExit: [] } },
    ],
    [
      "takes the definition's timeout",
      { timeout: { attemptDurationSeconds: 60 } },
      {},
      { timeoutSeconds: 60 },
    ],
    [
      'replaces the timeout',
      { timeout: { attemptDurationSeconds: 60 } },
      { timeout: { attemptDurationSeconds: 90 } },
      { timeoutSeconds: 90 },
    ],
    ['replaces propagateTags', { propagateTags: true }, { propagateTags: false }, { propagateTags: false }],
    ["takes the definition's propagateTags", { propagateTags: true }, {}, { propagateTags: true }],
    [
      "has the job's tags, not the definition's",
      { tags: { of: 'definition' } },
      { tags: { 'metaflow.user': 'x' } },
      { tags: { 'metaflow.user': 'x' } },
    ],
    [
      'lets the job replace the scheduling priority, also by 0',
      { schedulingPriority: 5 },
      { schedulingPriorityOverride: 0, shareIdentifier: 'a*' },
      { schedulingPriority: 0, shareIdentifier: 'a*' },
    ],
    ["takes the definition's scheduling priority", { schedulingPriority: 5 }, {}, { schedulingPriority: 5 }],
    [
      'is an array with its dependencies',
      {},
      { arrayProperties: { size: 9 }, dependsOn: [{ type: 'SEQUENTIAL' }, { jobId: 'x', type: 'N_TO_N' }] },
      // The id is checked before; here it only has to arrive.
      { arraySize: 9, dependsOn: [{ type: 'SEQUENTIAL' }, { jobId: 'x' as never, type: 'N_TO_N' }] },
    ],
    [
      'echoes the platform',
      { platformCapabilities: ['FARGATE'], containerProperties: aFargateContainer() },
      {},
      { platformCapabilities: ['FARGATE'] },
    ],
  ])('%s', (_name, definition, submit, expected) => {
    expect(specOf(definition, submit)).toMatchObject(expected);
  });

  it('shows no timeout, priority or share where nobody gave one', () => {
    const spec = specOf({}, { timeout: {} });
    for (const member of [
      'timeoutSeconds',
      'schedulingPriority',
      'shareIdentifier',
      'arraySize',
      'propagateTags',
    ]) {
      expect(spec).not.toHaveProperty(member);
    }
  });
});

describe('the demand of a job', () => {
  it.each<[string, Definition, Submission['containerOverrides'], JobSpec['demand']]>([
    [
      'follows overridden requirements, others kept',
      {},
      { resourceRequirements: [requirement('VCPU', '4'), requirement('GPU', '2')] },
      { vcpus: 4, memoryMiB: 2048, gpus: 2 },
    ],
    [
      'follows deprecated overrides of deprecated members',
      { containerProperties: { image: 'a', vcpus: 1, memory: 100 } },
      { vcpus: 2 },
      { vcpus: 2, memoryMiB: 100, gpus: 0 },
    ],
    [
      'follows requirements that override deprecated members',
      { containerProperties: { image: 'a', vcpus: 1, memory: 100 } },
      { resourceRequirements: [requirement('MEMORY', '200')] },
      { vcpus: 1, memoryMiB: 200, gpus: 0 },
    ],
    [
      'keeps requirements that a deprecated override cannot beat',
      {},
      { vcpus: 8, memory: 9999 },
      { vcpus: 1, memoryMiB: 2048, gpus: 0 },
    ],
    [
      'has fractions on Fargate',
      { platformCapabilities: ['FARGATE'], containerProperties: aFargateContainer() },
      { resourceRequirements: [requirement('VCPU', '0.25'), requirement('MEMORY', '512')] },
      { vcpus: 0.25, memoryMiB: 512, gpus: 0 },
    ],
  ])('%s', (_name, definition, containerOverrides, demand) => {
    expect(specOf(definition, containerOverrides ? { containerOverrides } : {}).demand).toEqual(demand);
  });

  it.each([
    [{ vcpus: 2 }, [DEPRECATED_OVERRIDE_IGNORED]],
    [{ memory: 4096 }, [DEPRECATED_OVERRIDE_IGNORED]],
    [{ resourceRequirements: [requirement('VCPU', '2')] }, []],
  ])('notes a deprecated override that changes nothing: %j', (containerOverrides, notes) => {
    expect(resolve({}, { containerOverrides })).toMatchObject({ notes });
  });
});

const fargate: Definition = { platformCapabilities: ['FARGATE'], containerProperties: aFargateContainer() };
const multinode: Definition = { type: 'multinode', nodeProperties: aNodeDefinition() };

/** A definition with another kind of work and without containerProperties. */
function resolveOther(other: Definition, submit: Submission): ResolvedJobSpec {
  const { containerProperties: _none, ...registered } = aDefinition(other).registered;
  return resolveJobSpec({ ...aDefinition(other), registered }, aSubmission(submit), QUEUE_ARN);
}

describe('a submission is refused', () => {
  it.each<[string, Definition, Submission, string]>([
    [
      'when it overrides vcpus on Fargate',
      fargate,
      { containerOverrides: { vcpus: 1 } },
      'vcpus is not applicable for Fargate. Use resource requirements instead.',
    ],
    [
      'when it overrides memory on Fargate',
      fargate,
      { containerOverrides: { memory: 2048 } },
      'memory is not applicable for Fargate. Use resource requirements instead.',
    ],
    [
      'when the merged pair is not one of Fargate',
      fargate,
      { containerOverrides: { resourceRequirements: [requirement('MEMORY', '4000')] } },
      'Fargate resource requirements (1.00 vCPU, 4000 MiB) not valid.',
    ],
    [
      'when a requirement is not a number',
      {},
      { containerOverrides: { resourceRequirements: [requirement('VCPU', '1.0')] } },
      'Value 1.0 for type VCPU in resourceRequirement is not valid. Please provide a numeric value.',
    ],
    [
      'when a deprecated override is out of range',
      {},
      { containerOverrides: { memory: 3 } },
      'containerOverrides.memory must be a whole number of at least 4, but is 3.',
    ],
    [
      'when nobody states the vCPUs',
      { containerProperties: { image: 'a', memory: 9 } },
      {},
      'vCPU is not provided.',
    ],
    [
      'when nobody states the memory',
      { containerProperties: { image: 'a', vcpus: 1 } },
      {},
      'Memory is not provided.',
    ],
    [
      'when it names an instance type for a single node',
      {},
      { containerOverrides: { instanceType: 'm5.large' } },
      'containerOverrides.instanceType is not allowed outside multi-node jobs, but is "m5.large".',
    ],
    [
      'when it overrides nodes that are not there',
      {},
      { nodeOverrides: { numNodes: 2 } },
      'nodeOverrides is not allowed with a containerProperties definition, but is {"numNodes":2}.',
    ],
  ])('%s', (_name, definition, submit, message) => {
    expect(resolve(definition, submit)).toMatchObject({ problem: { message } });
  });

  it.each<[string, Definition, Submission, string]>([
    [
      'when it overrides one container of many nodes',
      multinode,
      { containerOverrides: { command: ['a'] } },
      'containerOverrides is not allowed with a multi-node definition; use nodeOverrides, but is {"command":["a"]}.',
    ],
    [
      'when it makes an array of multi-node jobs',
      multinode,
      { arrayProperties: { size: 2 } },
      'arrayProperties.size is not allowed with a multi-node definition, but is 2.',
    ],
    [
      'when it overrides a container of a task as if it were alone',
      { ecsProperties: { taskProperties: [aTask()] } },
      { containerOverrides: { command: ['a'] } },
      'containerOverrides is not allowed with an ecsProperties definition, but is {"command":["a"]}.',
    ],
    [
      'when it overrides containers of ECS on EKS',
      { eksProperties: {} },
      { containerOverrides: { command: ['a'] } },
      'Container overrides or node overrides should not be set for Batch on EKS jobs.',
    ],
    [
      'when the definition is one for EKS',
      { eksProperties: {} },
      {},
      'jobDefinition arn:aws:batch:us-east-1:123456789012:job-definition/d:1 has eksProperties: ' +
        'running jobs on Amazon EKS is not there yet.',
    ],
  ])('%s', (_name, definition, submit, message) => {
    expect(resolveOther(definition, submit)).toMatchObject({ problem: { message } });
  });

  it('not for empty overrides, which some clients always send', () => {
    const empty = {
      containerOverrides: {},
      nodeOverrides: {},
      ecsPropertiesOverride: {},
      eksPropertiesOverride: {},
      arrayProperties: {},
    };
    expect(resolve({}, empty)).toHaveProperty('ok');
  });
});

describe('a job fails at its start', () => {
  const overridesOf = (characters: number): Submission => ({
    containerOverrides: { command: ['x'.repeat(characters - '{"command":[""]}'.length)] },
  });

  it('when its overrides have more than 8192 characters', () => {
    expect(resolve({}, overridesOf(8192))).not.toHaveProperty('failsAtStart');
    expect(resolve({}, overridesOf(8193))).toMatchObject({ failsAtStart: OVERRIDES_TOO_LONG });
  });

  it('when it propagates more than 50 different tags', () => {
    const tags = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}${index}`, '']));
    const definition = { tags: tags('k', 30), propagateTags: true };
    const twenty = tags('j', 20);
    expect(resolve(definition, { tags: twenty })).not.toHaveProperty('failsAtStart');
    expect(resolve(definition, { tags: { ...twenty, k0: 'same' } })).not.toHaveProperty('failsAtStart');
    expect(resolve(definition, { tags: { ...twenty, one: 'more' } })).toMatchObject({
      failsAtStart: TOO_MANY_PROPAGATED_TAGS,
    });
    expect(resolve(definition, { tags: tags('j', 40), propagateTags: false })).not.toHaveProperty(
      'failsAtStart',
    );
  });
});

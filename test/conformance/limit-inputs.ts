// Inputs on either side of a limit: what an operation needs, with the member in question changed.

export type Input = Readonly<Record<string, unknown>>;
export const JOB = '00000000-0000-4000-8000-000000000000';
export const of = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));
export const tags = (count: number): Input => Object.fromEntries(of(count, (at) => [`key${at}`, 'value']));
export const needs = (vcpu: string, memory: string, ...more: object[]): object[] => [
  { type: 'VCPU', value: vcpu },
  { type: 'MEMORY', value: memory },
  ...more,
];
export const container = (changes: Input): object => ({
  image: 'busybox',
  resourceRequirements: needs('1', '512'),
  ...changes,
});

let made = 0;
export const SUBMIT = { jobName: 'job', jobQueue: 'default', jobDefinition: 'shell' };
/** What each operation needs beside the member in question; names are new ones where none is in question. */
export const BASE: Readonly<Record<string, () => Input>> = {
  SubmitJob: () => SUBMIT,
  RegisterJobDefinition: () => ({
    jobDefinitionName: 'd',
    type: 'container',
    containerProperties: container({}),
  }),
  CreateJobQueue: () => ({
    jobQueueName: `q${(made += 1)}`,
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'local' }],
  }),
  CreateComputeEnvironment: () => ({
    computeEnvironmentName: `c${(made += 1)}`,
    type: 'UNMANAGED',
    serviceRole: 'arn:aws:iam::123456789012:role/service',
  }),
  CreateSchedulingPolicy: () => ({ name: `p${(made += 1)}` }),
  CreateConsumableResource: () => ({ consumableResourceName: `r${(made += 1)}`, totalQuantity: 1 }),
  CancelJob: () => ({ jobId: JOB, reason: 'enough' }),
  TerminateJob: () => ({ jobId: JOB, reason: 'enough' }),
  CancelJobs: () => ({ jobs: [JOB], reason: 'enough' }),
  TerminateJobs: () => ({ jobs: [JOB], reason: 'enough' }),
  UpdateComputeEnvironment: () => ({ computeEnvironment: 'local' }),
};

export function ofContainer(changes: Input): Input {
  return { containerProperties: container(changes) };
}
export function ofFargate(changes: Input): Input {
  const executionRoleArn = 'arn:aws:iam::123456789012:role/execution';
  const requirements = { resourceRequirements: needs('1', '2048') };
  return {
    platformCapabilities: ['FARGATE'],
    containerProperties: container({ executionRoleArn, ...requirements, ...changes }),
  };
}
export function ofRetry(...rules: object[]): Input {
  return { retryStrategy: { attempts: 1, evaluateOnExit: rules } };
}
export function ofTask(count: number, tasks = 1): Input {
  const containers = of(count, (at) => ({ name: `c${at}`, ...container({}) }));
  return {
    containerProperties: undefined,
    ecsProperties: { taskProperties: of(tasks, () => ({ containers })) },
  };
}
export function ofPod(changes: Input): Input {
  const one = (at: number, kind = 'c'): object => ({
    name: `${kind}${at}`,
    image: 'busybox',
    resources: { limits: { cpu: '1', memory: '512Mi' } },
  });
  const given = Object.entries(changes).map(([name, count]) => [
    name,
    of(Number(count), (at) => one(at, name.toLowerCase())),
  ]);
  const podProperties = { containers: [one(0)], ...Object.fromEntries(given) };
  return { containerProperties: undefined, eksProperties: { podProperties } };
}
export function managed(changes: Input): Input {
  const computeResources = {
    type: 'EC2',
    minvCpus: 0,
    maxvCpus: 16,
    instanceTypes: ['m5'],
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    instanceRole: 'ecsInstanceRole',
    ...changes,
  };
  return { type: 'MANAGED', computeResources };
}
export function managedFargate(changes: Input): Input {
  const computeResources = {
    type: 'FARGATE',
    maxvCpus: 16,
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    ...changes,
  };
  return { type: 'MANAGED', computeResources };
}
export function ofTimeLimit(changes: Input): Input {
  const reason = 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT';
  return {
    jobStateTimeLimitActions: [
      { reason, state: 'RUNNABLE', maxTimeSeconds: 600, action: 'CANCEL', ...changes },
    ],
  };
}
export function launchTemplate(overrides: number): Input {
  const one = (at: number): object => ({
    launchTemplateName: `lt${at}`,
    targetInstanceTypes: [['m5', 'c5', 'r5', 'm6i', 'c6i', 'r6i', 'm7i', 'c7i', 'r7i', 'g5', 'g6'][at]],
  });
  const types = of(
    Math.max(1, overrides),
    (at) => (one(at) as { targetInstanceTypes: string[] }).targetInstanceTypes[0],
  );
  return managed({
    instanceTypes: types,
    allocationStrategy: 'BEST_FIT_PROGRESSIVE',
    launchTemplate: { launchTemplateName: 'lt', overrides: of(overrides, one) },
  });
}
export function fargatePair(vcpu: string, memory: string): Input {
  return ofFargate({ resourceRequirements: needs(vcpu, memory) });
}

// Runs jobs through the functions and prints what a million of them would cost. `--jobs 200` of them at once, then a few one by
// one; `--deployed` through the stack as it is deployed; `--json` for programs.
import { parseArgs } from 'node:util';
import type { Measured } from './cost-table.ts';
import { printMeasured, printMeasuredJson } from './cost-table.ts';
import type { MeteredHome } from './metered-home.ts';
import { startMeteredHome } from './metered-home.ts';

const ONE_BY_ONE = 10;
/** Functions of a new process compile first; deployed ones do that once in hours. */
const WARM_UP = 5;
const PREFIX = 'arn:aws:batch:us-east-1:123456789012:';

async function prepare(home: MeteredHome): Promise<void> {
  await home.post('/v1/createcomputeenvironment', {
    computeEnvironmentName: 'fargate',
    type: 'MANAGED',
    serviceRole: 'arn:aws:iam::123456789012:role/batch',
    computeResources: {
      type: 'FARGATE',
      maxvCpus: 1_000,
      subnets: ['subnet-1'],
      securityGroupIds: ['sg-1'],
    },
  });
  await home.settle(() => home.services.ended() === 1);
  await home.post('/v1/createjobqueue', {
    jobQueueName: 'default',
    priority: 1,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: `${PREFIX}compute-environment/fargate` }],
  });
  await home.post('/v1/registerjobdefinition', {
    jobDefinitionName: 'process',
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties: {
      image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/process:latest',
      command: ['python', 'process.py', 'Ref::input'],
      executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
      jobRoleArn: 'arn:aws:iam::123456789012:role/process-job',
      environment: [
        { name: 'STAGE', value: 'production' },
        { name: 'BUCKET', value: 'measurements-of-last-year' },
      ],
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '2048' },
      ],
    },
  });
}

async function submit(home: MeteredHome, index: number): Promise<void> {
  await home.post('/v1/submitjob', {
    jobName: `process-${index}`,
    jobQueue: 'default',
    jobDefinition: 'process',
    parameters: { input: `s3://measurements-of-last-year/input/part-${index}.csv` },
    containerOverrides: { environment: [{ name: 'PART', value: String(index) }] },
  });
}

async function measure(home: MeteredHome, name: string, jobs: number, together: number): Promise<Measured> {
  await home.settle(() => true);
  home.takeUsage();
  const before = home.services.ended();
  for (let from = 0; from < jobs; from += together) {
    for (let index = from; index < Math.min(jobs, from + together); index += 1) await submit(home, index);
    const expected = before + Math.min(jobs, from + together);
    await home.settle(() => home.services.ended() >= expected);
  }
  // What follows an end: events, capacity given back.
  await home.settle(() => true);
  return { name, jobs, usage: home.takeUsage() };
}

async function measureInProcess(jobs: number): Promise<readonly Measured[]> {
  const home = await startMeteredHome();
  try {
    await prepare(home);
    await measure(home, 'warm-up', WARM_UP, WARM_UP);
    return [await measure(home, 'At once', jobs, jobs), await measure(home, 'One by one', ONE_BY_ONE, 1)];
  } finally {
    await home.stop();
  }
}

const { values } = parseArgs({
  options: {
    deployed: { type: 'boolean', default: false },
    jobs: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const print = values.json ? printMeasuredJson : printMeasured;
if (values.deployed) {
  // Only who wants the emulator loads it.
  const { measureDeployment } = await import('./measure-deployment.ts');
  print(await measureDeployment(Number(values.jobs ?? 50)));
} else print(await measureInProcess(Number(values.jobs ?? 200)));

// The service as its owner has it: bin/app.ts deployed by the CDK CLI into the emulator, a key made for a client, and boto3
// at its endpoint.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch, JobDetail, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { AnEmulator } from './a-emulator.ts';
import { startEmulator } from './a-emulator.ts';
import { ACCOUNT, REGION } from './a-fakecloud.ts';
import { startBoto3 } from './a-boto3-batch.ts';
import type { Boto3Batch, Keys } from './a-boto3-batch.ts';
import type { CdkApp } from './cdk-cli.ts';
import { runProgram } from './run-program.ts';

export const STACK = 'Slipway';
const CLI = join(import.meta.dirname, '..', '..', 'bin', 'slipway.ts');
/** Functions that wait for containers on two cores, in an emulator that looks at its queues twice a second. */
const JOB_LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 500;
const FAILURES_SHOWN = 5;
/** The default environment and queue are made by functions after the deployment has ended, where AWS waits for them. */
const DEFAULTS_LIMIT_MS = 60_000;

export interface ADeployedSlipway {
  readonly emulator: AnEmulator;
  /** boto3, with access keys of the service's own. */
  readonly batch: Batch;
  /** Of the API that takes the service's own keys. */
  readonly endpoint: string;
  /** boto3 with other keys: of a name and, where one is given, bound by the policy. */
  readonly as: (name: string, policy?: object) => Promise<Boto3Batch>;
  readonly executionRoleArn: string;
  /** For machines: the instance profile. */
  readonly instanceRoleArn: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** The same app again, differently configured. */
  readonly redeploy: (context?: Readonly<Record<string, string>>) => Promise<void>;
  /** Submits a shell script as a job of its own and gives its id. */
  readonly submit: (name: string, script: string, more?: Partial<SubmitJobCommandInput>) => Promise<string>;
  /** Waits until it says so of the job; throws with the job's own account of itself when that takes too long. */
  readonly until: (jobId: string, says: (job: JobDetail) => boolean, limitMs?: number) => Promise<JobDetail>;
  readonly ended: (jobId: string, limitMs?: number) => Promise<JobDetail>;
  readonly describe: (jobId: string) => Promise<JobDetail>;
  /** What a stream of /aws/batch/job holds. */
  readonly logOf: (logStreamName: string) => Promise<string>;
  /** What functions said of failures so far: for the reader of a failed test. */
  readonly functionFailures: () => Promise<string>;
  stop(): Promise<void>;
}

export const DEFINITION = 'busybox';
const CONTEXT = { accessKeys: 'true', retentionDays: '1', maxvCpus: '4' };

export async function deploySlipway(): Promise<ADeployedSlipway> {
  const emulator = await startEmulator();
  const releases: (() => Promise<void>)[] = [() => emulator.stop()];
  const stop = async (): Promise<void> => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  try {
    const outputs = (await emulator.cdk.deploy(appWith({})))[STACK] ?? {};
    const output = (name: string): string => outputNamed(outputs, name);
    // The front speaks no TLS.
    const endpoint = output('AccessKeysEndpoint').replace('https:', 'http:');
    const as = async (name: string, policy?: object): Promise<Boto3Batch> => {
      const keys = await makeKey(emulator, endpoint, name, policy);
      const boto3 = await startBoto3(endpoint, keys, emulator.frontUrl);
      releases.push(() => boto3.stop());
      return boto3;
    };
    const { batch } = await as('tester');
    const network = await defaultsReady(batch);
    const executionRoleArn = output('ExecutionRole');
    await batch.registerJobDefinition(definition(emulator.jobImage, executionRoleArn));
    return {
      emulator,
      batch,
      endpoint,
      as,
      executionRoleArn,
      instanceRoleArn: output('InstanceRole'),
      ...network,
      redeploy: async (context = {}) => {
        await emulator.cdk.deploy(appWith(context));
      },
      ...jobsOf(batch),
      logOf: (stream) => logOf(emulator, stream),
      functionFailures: () => functionFailures(emulator),
      stop,
    };
  } catch (error) {
    console.error(troubleIn(emulator), await functionFailures(emulator));
    await stop();
    throw error;
  }
}

/** What the emulator complained of, without what it always complains of. */
function troubleIn({ fakecloud }: AnEmulator): string {
  const known =
    /image pre-pull|no provisioner for|service=ecr|file-publishing-role|DescribeStacks|opt-in|IAM enforcement/;
  return fakecloud.log.filter((line) => / (WARN|ERROR) /.test(line) && !known.test(line)).join('\n');
}

function appWith(context: Readonly<Record<string, string>>): CdkApp {
  return { context: { ...CONTEXT, ...context } };
}

/** CDK puts the construct's place before an output's name, and a hash behind it. */
function outputNamed(outputs: Readonly<Record<string, string>>, name: string): string {
  const found = Object.entries(outputs).find(([id]) => new RegExp(`^Service${name}[0-9A-F]{8}$`).test(id));
  if (!found) throw new Error(`the stack has no output ${name}: ${Object.keys(outputs).join(', ')}`);
  return found[1];
}

/** As its owner makes one. */
async function makeKey({ env }: AnEmulator, endpoint: string, name: string, policy?: object): Promise<Keys> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-policy-'));
  try {
    const file = join(folder, 'policy.json');
    await writeFile(file, JSON.stringify(policy ?? {}));
    const bound = policy === undefined ? ['--full-access'] : ['--policy', file];
    const made = await runProgram(
      process.execPath,
      [CLI, 'keys', 'create', '--name', name, ...bound, '--endpoint', endpoint, '--json'],
      { env },
    );
    return JSON.parse(made) as Keys; // printed in this shape
  } finally {
    await rm(folder, { recursive: true });
  }
}

interface Network {
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

async function defaultsReady(batch: Batch): Promise<Network> {
  const deadline = Date.now() + DEFAULTS_LIMIT_MS;
  for (;;) {
    const [queue] = (await batch.describeJobQueues({ jobQueues: ['default'] })).jobQueues ?? [];
    const [environment] =
      (await batch.describeComputeEnvironments({ computeEnvironments: ['fargate'] })).computeEnvironments ??
      [];
    if (queue?.status === 'VALID' && environment?.status === 'VALID') {
      const { subnets = [], securityGroupIds = [] } = environment.computeResources ?? {};
      return { subnetIds: subnets, securityGroupIds };
    }
    if (Date.now() > deadline) {
      throw new Error(`the default queue is not there: ${JSON.stringify({ queue, environment })}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function definition(image: string, executionRoleArn: string): Parameters<Batch['registerJobDefinition']>[0] {
  return {
    jobDefinitionName: DEFINITION,
    type: 'container',
    platformCapabilities: ['FARGATE'],
    containerProperties: {
      image,
      executionRoleArn,
      command: ['true'],
      resourceRequirements: [
        { type: 'VCPU', value: '0.25' },
        { type: 'MEMORY', value: '512' },
      ],
    },
  };
}

type Jobs = Pick<ADeployedSlipway, 'submit' | 'until' | 'ended' | 'describe'>;

function jobsOf(batch: Batch): Jobs {
  const describe: Jobs['describe'] = async (jobId) => {
    const job = (await batch.describeJobs({ jobs: [jobId] })).jobs?.[0];
    if (!job) throw new Error(`there is no job ${jobId}`);
    return job;
  };
  const until: Jobs['until'] = async (jobId, says, limitMs = JOB_LIMIT_MS) => {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const job = await describe(jobId);
      if (says(job)) return job;
      if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms for ${JSON.stringify(job, null, 2)}`);
      await sleep(LOOK_EVERY_MS);
    }
  };
  return {
    describe,
    until,
    ended: (jobId, limitMs) => until(jobId, ({ stoppedAt }) => stoppedAt !== undefined, limitMs),
    async submit(jobName, script, more = {}) {
      const { jobId = '' } = await batch.submitJob({
        jobName,
        jobQueue: 'default',
        jobDefinition: DEFINITION,
        containerOverrides: { command: ['sh', '-c', script] },
        ...more,
      });
      return jobId;
    },
  };
}

async function logOf({ call }: AnEmulator, logStreamName: string): Promise<string> {
  const answer = await call('logs', 'Logs_20140328.GetLogEvents', {
    logGroupName: '/aws/batch/job',
    logStreamName,
    startFromHead: true,
  });
  const events = answer['events'] as readonly { readonly message: string }[]; // CloudWatch Logs' own shape
  return events.map(({ message }) => message).join('\n');
}

async function functionFailures({ call }: AnEmulator): Promise<string> {
  const listed = await call('logs', 'Logs_20140328.DescribeLogGroups', { logGroupNamePrefix: `${STACK}-` });
  const groups = listed['logGroups'] as readonly { readonly logGroupName: string }[]; // CloudWatch Logs' own shape
  const said: string[] = [];
  for (const { logGroupName } of groups) {
    const answer = await call('logs', 'Logs_20140328.FilterLogEvents', { logGroupName });
    const events = answer['events'] as readonly { readonly message: string }[]; // CloudWatch Logs' own shape
    const failures = events.filter(({ message }) => /"level":"(ERROR|CRITICAL)"|"errorType"/.test(message));
    said.push(...failures.slice(-FAILURES_SHOWN).map(({ message }) => `${logGroupName}: ${message}`));
  }
  return said.join('\n');
}

export function arnOf(resource: string): string {
  return `arn:aws:batch:${REGION}:${ACCOUNT}:${resource}`;
}

// What a function is told by its environment, read once when it starts: one frozen object with exactly the settings that
// lambdas/registry.ts says the function needs, or one error that names everything that is missing or wrong.
import { FUNCTIONS, OPTIONAL_SETTINGS } from './registry.ts';
import type { FunctionName, Setting } from './registry.ts';

interface Settings {
  readonly jobsTable: string;
  readonly queuesTable: string;
  /** ARNs of state machines. */
  readonly jobMachine: string;
  readonly multiNodeJobMachine: string;
  readonly computeEnvironmentMachine: string;
  readonly scheduleQueueUrl: string;
  readonly resourceQueueUrl: string;
  /** The bus's name. */
  readonly eventBus: string;
  readonly logGroup: string;
  /** Absent: no audit trail in a log group. */
  readonly auditLogGroup?: string;
  /** Absent: events are on the bus only. */
  readonly eventLogGroup?: string;
  readonly retentionMs: number;
  /** Absent: Slipway's own access keys are off. */
  readonly accessKeysSecretPrefix?: string;
  readonly account: string;
}

/** Where each setting stands in the configuration. */
const MEMBERS = {
  SLIPWAY_JOBS_TABLE: 'jobsTable',
  SLIPWAY_QUEUES_TABLE: 'queuesTable',
  SLIPWAY_JOB_MACHINE: 'jobMachine',
  SLIPWAY_MULTI_NODE_JOB_MACHINE: 'multiNodeJobMachine',
  SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE: 'computeEnvironmentMachine',
  SLIPWAY_SCHEDULE_QUEUE_URL: 'scheduleQueueUrl',
  SLIPWAY_RESOURCE_QUEUE_URL: 'resourceQueueUrl',
  SLIPWAY_EVENT_BUS: 'eventBus',
  SLIPWAY_LOG_GROUP: 'logGroup',
  SLIPWAY_AUDIT_LOG_GROUP: 'auditLogGroup',
  SLIPWAY_EVENT_LOG_GROUP: 'eventLogGroup',
  SLIPWAY_RETENTION_DAYS: 'retentionMs',
  SLIPWAY_ACCESS_KEYS_SECRET_PREFIX: 'accessKeysSecretPrefix',
  SLIPWAY_ACCOUNT: 'account',
} as const satisfies Record<Setting, keyof Settings>;

type EntryOf<Name extends FunctionName> = Extract<(typeof FUNCTIONS)[number], { name: Name }>;
type MembersOf<Name extends FunctionName> = (typeof MEMBERS)[EntryOf<Name>['environment'][number]];

/** The configuration of one function. */
export type Config<Name extends FunctionName> = Readonly<Pick<Settings, MembersOf<Name>>> & {
  readonly region: string;
};

/** What part of the configuration a part of the composition needs. */
export type ConfigOf<Member extends keyof Settings> = Readonly<Pick<Settings, Member>>;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

export function readConfig<Name extends FunctionName>(
  name: Name,
  environment: Environment = process.env,
): Config<Name> {
  const entry = FUNCTIONS.find((candidate) => candidate.name === name);
  const settings: readonly Setting[] = entry?.environment ?? [];
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  for (const setting of settings) {
    const text = environment[setting];
    if (text === undefined || text === '') {
      if (!OPTIONAL_SETTINGS.has(setting)) problems.push(`${setting} is missing`);
      continue;
    }
    const read = readSetting(setting, text);
    if ('problem' in read) problems.push(`${setting} ${read.problem}`);
    else config[MEMBERS[setting]] = read.value;
  }
  const region = environment['AWS_REGION'];
  if (!region) problems.push('AWS_REGION is missing');
  if (problems.length > 0) {
    throw new ConfigError(`The function ${name} cannot start: ${problems.join('; ')}.`);
  }
  // Every setting of the function is there, or optional: `problems` is empty.
  return Object.freeze({ ...config, region }) as unknown as Config<Name>;
}

/** Whether each invocation is to log what it asked of AWS: for those who measure what a job costs. */
export function metersOperations(environment: Environment = process.env): boolean {
  return environment['SLIPWAY_METER_OPERATIONS'] === 'true';
}

type ReadSetting = { readonly value: string | number } | { readonly problem: string };

const DAY_MS = 24 * 60 * 60 * 1000;

/** Each setting's own rule; the value that broke it is told. */
function readSetting(setting: Setting, text: string): ReadSetting {
  switch (setting) {
    case 'SLIPWAY_RETENTION_DAYS': {
      const days = Number(text);
      return Number.isFinite(days) && days >= 1
        ? { value: days * DAY_MS }
        : { problem: `must be a number of days, 1 or more, but is ${JSON.stringify(text)}` };
    }
    case 'SLIPWAY_ACCOUNT':
      return matching(text, /^\d{12}$/, 'must be an account id of 12 digits');
    case 'SLIPWAY_JOB_MACHINE':
    case 'SLIPWAY_MULTI_NODE_JOB_MACHINE':
    case 'SLIPWAY_COMPUTE_ENVIRONMENT_MACHINE':
      return matching(
        text,
        /^arn:[^:]+:states:[^:]+:\d{12}:stateMachine:/,
        'must be the ARN of a state machine',
      );
    case 'SLIPWAY_SCHEDULE_QUEUE_URL':
    case 'SLIPWAY_RESOURCE_QUEUE_URL':
      return matching(text, /^https?:\/\//, 'must be the URL of a queue');
    case 'SLIPWAY_JOBS_TABLE':
    case 'SLIPWAY_QUEUES_TABLE':
    case 'SLIPWAY_EVENT_BUS':
    case 'SLIPWAY_LOG_GROUP':
    case 'SLIPWAY_AUDIT_LOG_GROUP':
    case 'SLIPWAY_EVENT_LOG_GROUP':
    case 'SLIPWAY_ACCESS_KEYS_SECRET_PREFIX':
      return { value: text };
  }
}

function matching(text: string, rule: RegExp, problem: string): ReadSetting {
  return rule.test(text) ? { value: text } : { problem: `${problem}, but is ${JSON.stringify(text)}` };
}

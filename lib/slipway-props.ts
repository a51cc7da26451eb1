// What the owner of a service may choose. Everything has a default, and no default costs anything while nothing runs.
import type { RemovalPolicy } from 'aws-cdk-lib';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import type { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { EnvironmentKind } from './default-resources.ts';
import type { Throttle } from './http-api.ts';
import type { GivenNetwork, NetworkKind } from './network.ts';

export interface SlipwayProps {
  /**
   * First part of the names of tables and state machines, which it therefore cannot share with another service of the Region:
   * lower-case letters, digits and hyphens, at most 50.
   * @default - made from the construct's place in the app
   */
  readonly name?: string;
  /**
   * Where jobs run: a network of your own, or one that is made. `public` gives tasks public addresses; `private` has no way out but
   * endpoints to AWS, which cost by the hour, and images have to come from ECR.
   * @default 'public'
   */
  readonly network?: NetworkKind | GivenNetwork;
  /**
   * Days that ended jobs, their output and the audit trail are kept: at least 1.
   * @default 30
   */
  readonly retentionDays?: number;
  /**
   * Which compute environments there are from the start; each family gets a queue, the first one's is `default`.
   * @default ['fargate']
   */
  readonly computeEnvironments?: readonly EnvironmentKind[];
  /**
   * How many vCPUs may run at a time in each of them.
   * @default 256
   */
  readonly maxvCpus?: number;
  /**
   * Whether the events of jobs and queues are kept in a log group, `/aws/events/` and the name of the service: without it, `slipway events` and the
   * console's list of events have nothing to show.
   * @default true
   */
  readonly eventLog?: boolean;
  /**
   * Days that it keeps them: at least 1.
   * @default 30
   */
  readonly eventRetentionDays?: number;
  /** A policy that no role of the service may exceed. @default - none */
  readonly permissionsBoundary?: IManagedPolicy;
  /** Who is told of alarms. @default - they show on the dashboard only */
  readonly alarmsTopic?: ITopic;
  /**
   * Whether there is a second endpoint, for access keys that Slipway itself makes and verifies: clients then need nothing but the
   * endpoint and a key.
   * @default false
   */
  readonly accessKeys?: boolean;
  /** Of the functions. @default ARM_64 */
  readonly architecture?: Architecture;
  /** Where events appear. @default - the account's default bus */
  readonly eventBus?: IEventBus;
  /** @default - 1,000 requests a second, 2,000 at once */
  readonly throttle?: Throttle;
  /**
   * The roles that jobs may be given, as ARNs, possibly patterns such as `arn:aws:iam::123456789012:role/jobs/*`.
   * @default - every role of the account that trusts ECS tasks
   */
  readonly jobRoles?: readonly string[];
  /** The roles that instances may be given. @default - every role of the account that trusts EC2 */
  readonly instanceRoles?: readonly string[];
  /** A group that exists already. @default - `/aws/batch/job`, made by the service */
  readonly jobLogGroup?: ILogGroup;
  /** A group that exists already. @default - `/slipway/audit`, made by the service */
  readonly auditLogGroup?: ILogGroup;
  /**
   * What becomes of tables and log groups when they leave the stack.
   * @default RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
  /** The bundle of the functions. @default - dist/lambdas, which `npm run build:lambdas` makes */
  readonly code?: Code;
}

const RETENTION_DAYS_MIN = 1;
/** The longest suffix in the name of a state machine, which has at most 80 characters, is `-compute-environment`. */
const NAME = /^[a-z0-9][a-z0-9-]{0,49}$/;

/** Throws where a number cannot be meant. */
export function checkProps({ name, retentionDays, eventRetentionDays, maxvCpus }: SlipwayProps): void {
  if (name !== undefined && !NAME.test(name)) {
    throw new Error(`name must be lower-case letters, digits and hyphens, at most 50, but is ${name}`);
  }
  for (const [prop, days] of Object.entries({ retentionDays, eventRetentionDays })) {
    if (days !== undefined && !(Number.isInteger(days) && days >= RETENTION_DAYS_MIN)) {
      throw new Error(`${prop} must be a whole number of at least ${RETENTION_DAYS_MIN}, but is ${days}`);
    }
  }
  if (maxvCpus !== undefined && !(Number.isInteger(maxvCpus) && maxvCpus >= 1)) {
    throw new Error(`maxvCpus must be a whole number of at least 1, but is ${maxvCpus}`);
  }
}

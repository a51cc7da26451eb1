// A job definition. A change registers its next revision, and the one before is deregistered: jobs that run go on, new ones take the new.
import type { CustomResource, Duration } from 'aws-cdk-lib';
import type { Grant, IGrantable, IRole } from 'aws-cdk-lib/aws-iam';
import type { IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { definitionProblems } from '../core/definition/validate-definition.ts';
import type { ContainerProperties, JobDefinitionInput } from '../core/definition/wire.ts';
import type { EvaluateOnExit } from '../core/job/spec.ts';
import { stateChangeRule, type JobStatus } from './job-events.ts';
import { createServiceResource, resourceArnOf, resourceNameOf } from './service-resource.ts';
import type { ISlipway } from './slipway-reference.ts';

interface SharedProps {
  /** The service that owns it. */
  readonly slipway: ISlipway;
  /** @default - made from the construct's place in the app */
  readonly jobDefinitionName?: string;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** A job of one container, in few words. */
export interface ContainerJobProps extends SharedProps {
  readonly image: string;
  /** May hold `Ref::name`, which a parameter takes the place of. */
  readonly command?: readonly string[];
  /** @default 'FARGATE' */
  readonly platform?: 'FARGATE' | 'EC2';
  /**
   * On Fargate one of its sizes, from 0.25; on EC2 a whole number.
   * @default 1
   */
  readonly vcpus?: number;
  /** @default 2048 */
  readonly memoryMiB?: number;
  /**
   * EC2 only.
   * @default 0
   */
  readonly gpus?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Environment variables that ECS fills from Secrets Manager or Parameter Store, by ARN. The execution role needs the right to read them. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What the container itself may do. @default - nothing */
  readonly jobRole?: IRole;
  /** What starting the container takes. @default - the service's own: image pull and log output */
  readonly executionRole?: IRole;
  /** @default - none: a job runs as long as it runs */
  readonly timeout?: Duration;
  /** How often a job is tried: 1 to 10. @default 1 */
  readonly attempts?: number;
  /** Which ends are worth another try; the first rule that matches counts. */
  readonly evaluateOnExit?: readonly EvaluateOnExit[];
  /** Values for `Ref::name` in the command, unless a job brings its own. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Whatever else AWS Batch's `containerProperties` know. */
  readonly containerProperties?: Partial<ContainerProperties>;
}

/** Anything that RegisterJobDefinition takes, in its own words: several containers, several nodes. */
export interface WireJobProps extends SharedProps {
  readonly definition: Omit<JobDefinitionInput, 'jobDefinitionName' | 'tags'>;
}

export type JobDefinitionProps = ContainerJobProps | WireJobProps;

export interface IJobDefinition extends IConstruct {
  readonly jobDefinitionName: string;
  /** Without a revision: the latest active one is meant. */
  readonly jobDefinitionArn: string;
}

/**
 * ```ts
 * const transcode = new JobDefinition(this, 'Transcode', {
 *   slipway, image: repository.repositoryUriForTag('v3'), command: ['transcode', 'Ref::input'],
 *   vcpus: 4, memoryMiB: 8192, jobRole, timeout: Duration.hours(2), attempts: 3,
 * });
 * ```
 */
export class JobDefinition extends Construct implements IJobDefinition {
  readonly jobDefinitionName: string;
  readonly jobDefinitionArn: string;
  protected readonly resource: CustomResource;
  readonly #slipway: ISlipway;

  constructor(scope: Construct, id: string, props: JobDefinitionProps) {
    super(scope, id);
    this.#slipway = props.slipway;
    this.jobDefinitionName = resourceNameOf(this, props.jobDefinitionName);
    this.jobDefinitionArn = resourceArnOf(this, 'job-definition', this.jobDefinitionName);
    this.resource = createServiceResource<JobDefinitionInput>(this, {
      slipway: props.slipway,
      type: 'Custom::SlipwayJobDefinition',
      input: {
        jobDefinitionName: this.jobDefinitionName,
        ...('definition' in props ? props.definition : containerDefinition(props)),
        ...(props.tags === undefined ? {} : { tags: props.tags }),
      },
      problemsOf: definitionProblems,
    });
  }

  /** May see definitions, and change nothing. */
  grantRead(grantee: IGrantable): Grant {
    return this.#slipway.grantCall(grantee, {
      paths: ['POST/v1/describejobdefinitions'],
      actions: ['batch:DescribeJobDefinitions'],
      resources: ['*'],
    });
  }

  /** Calls the target with the event `Batch Job State Change` of every job of any revision. */
  onStateChange(
    id: string,
    { target, statuses }: { readonly target: IRuleTarget; readonly statuses?: readonly JobStatus[] },
  ): Rule {
    return stateChangeRule(this, id, {
      eventBus: this.#slipway.eventBus,
      target,
      jobDefinitionArn: this.jobDefinitionArn,
      ...(statuses === undefined ? {} : { statuses }),
    });
  }
}

function containerDefinition(props: ContainerJobProps): Omit<JobDefinitionInput, 'jobDefinitionName'> {
  const { platform = 'FARGATE', timeout, attempts, evaluateOnExit, parameters } = props;
  return {
    type: 'container',
    platformCapabilities: [platform],
    containerProperties: containerProperties(props, platform),
    ...(parameters === undefined ? {} : { parameters }),
    ...(timeout === undefined ? {} : { timeout: { attemptDurationSeconds: timeout.toSeconds() } }),
    ...(attempts === undefined && evaluateOnExit === undefined
      ? {}
      : {
          retryStrategy: {
            attempts: attempts ?? 1,
            ...(evaluateOnExit === undefined ? {} : { evaluateOnExit }),
          },
        }),
  };
}

function containerProperties(props: ContainerJobProps, platform: 'FARGATE' | 'EC2'): ContainerProperties {
  const { slipway, command, environment, secrets, jobRole, executionRole, gpus = 0 } = props;
  const executionRoleArn = executionRole?.roleArn ?? slipway.executionRoleArn;
  const needsExecutionRole = platform === 'FARGATE' || executionRole !== undefined || secrets !== undefined;
  return {
    image: props.image,
    ...(command === undefined ? {} : { command }),
    resourceRequirements: [
      { type: 'VCPU', value: String(props.vcpus ?? 1) },
      { type: 'MEMORY', value: String(props.memoryMiB ?? 2048) },
      ...(gpus > 0 ? [{ type: 'GPU', value: String(gpus) }] : []),
    ],
    ...(environment === undefined
      ? {}
      : { environment: Object.entries(environment).map(([name, value]) => ({ name, value })) }),
    ...(secrets === undefined
      ? {}
      : { secrets: Object.entries(secrets).map(([name, valueFrom]) => ({ name, valueFrom })) }),
    ...(jobRole === undefined ? {} : { jobRoleArn: jobRole.roleArn }),
    ...(needsExecutionRole ? { executionRoleArn } : {}),
    ...(platform === 'FARGATE' && slipway.assignPublicIp
      ? { networkConfiguration: { assignPublicIp: 'ENABLED' } }
      : {}),
    ...props.containerProperties,
  };
}

// A queue and where its jobs go, with what an app does around it: let somebody submit, watch its depth, follow its jobs.
import { Duration, type CustomResource } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import type { IRuleTarget, Rule } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import { resourceNameProblems } from '../core/definition/names.ts';
import { countProblems, wholeNumberProblems, type Problems } from '../core/definition/problem.ts';
import { tagsProblems } from '../core/definition/validate-settings.ts';
import type { JobStateTimeLimitAction } from '../core/queue/job-queue.ts';
import type { IComputeEnvironment } from './compute-environment.ts';
import type { IJobDefinition } from './job-definition.ts';
import { stateChangeRule, type JobStatus } from './job-events.ts';
import { METRICS, METRICS_NAMESPACE } from './metrics.ts';
import { createServiceResource, resourceArnOf, resourceNameOf } from './service-resource.ts';
import type { ISlipway } from './slipway-reference.ts';

export interface JobQueueProps {
  /** The service that owns it. */
  readonly slipway: ISlipway;
  /** Tried in this order for each job: 1 to 3, either all of Fargate or all of EC2. */
  readonly computeEnvironments: readonly IComputeEnvironment[];
  /** @default - made from the construct's place in the app */
  readonly jobQueueName?: string;
  /**
   * Where queues share a compute environment, a higher one goes first.
   * @default 1
   */
  readonly priority?: number;
  /**
   * Whether it takes new jobs.
   * @default true
   */
  readonly enabled?: boolean;
  /** ARN of a policy, or the policy. A queue made without one can never get one. */
  readonly schedulingPolicy?: string | { readonly schedulingPolicyArn: string };
  /** When to give up on a job that blocks the head of the queue. */
  readonly jobStateTimeLimitActions?: readonly JobStateTimeLimitAction[];
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

export interface StateChangeOptions {
  readonly target: IRuleTarget;
  /** @default - every status */
  readonly statuses?: readonly JobStatus[];
  /** @default - every name */
  readonly jobName?: string;
}

export interface IJobQueue extends IConstruct {
  readonly jobQueueName: string;
  readonly jobQueueArn: string;
}

/**
 * ```ts
 * const queue = new JobQueue(this, 'Nightly', { slipway, computeEnvironments: [spot, onDemand] });
 * queue.grantSubmit(orchestrator, transcode);
 * queue.onStateChange('Failures', { statuses: ['FAILED'], target: new SnsTopic(onCall) });
 * ```
 */
export class JobQueue extends Construct implements IJobQueue {
  readonly jobQueueName: string;
  readonly jobQueueArn: string;
  protected readonly resource: CustomResource;
  readonly #slipway: ISlipway;

  constructor(scope: Construct, id: string, props: JobQueueProps) {
    super(scope, id);
    this.#slipway = props.slipway;
    this.jobQueueName = resourceNameOf(this, props.jobQueueName);
    this.jobQueueArn = resourceArnOf(this, 'job-queue', this.jobQueueName);
    const policy = props.schedulingPolicy;
    this.resource = createServiceResource(this, {
      slipway: props.slipway,
      type: 'Custom::SlipwayJobQueue',
      input: queueInput(this.jobQueueName, props),
      problemsOf: queueProblems,
      after: [...props.computeEnvironments, policy].filter((part) => Construct.isConstruct(part)),
    });
  }

  /** May submit jobs to this queue, of the given definitions or of any, and see, cancel and terminate jobs. */
  grantSubmit(grantee: IGrantable, ...definitions: readonly IJobDefinition[]): Grant {
    const named = definitions.flatMap(({ jobDefinitionArn }) => [jobDefinitionArn, `${jobDefinitionArn}:*`]);
    const onDefinitions = named.length > 0 ? named : [resourceArnOf(this, 'job-definition', '*')];
    return this.#slipway
      .grantCall(grantee, {
        paths: ['POST/v1/submitjob'],
        actions: ['batch:SubmitJob'],
        resources: [this.jobQueueArn, ...onDefinitions],
      })
      .combine(
        this.#slipway.grantCall(grantee, {
          paths: ['POST/v1/describejobs'],
          actions: ['batch:DescribeJobs'],
          resources: ['*'],
        }),
      )
      .combine(
        this.#slipway.grantCall(grantee, {
          paths: ['POST/v1/canceljob', 'POST/v1/terminatejob'],
          actions: ['batch:CancelJob', 'batch:TerminateJob'],
          resources: [resourceArnOf(this, 'job', '*')],
        }),
      );
  }

  /** May see queues and jobs, and change nothing. */
  grantRead(grantee: IGrantable): Grant {
    return this.#slipway.grantCall(grantee, {
      paths: ['describejobqueues', 'describejobs', 'getjobqueuesnapshot', 'listjobs'].map(
        (path) => `POST/v1/${path}`,
      ),
      actions: [
        'batch:DescribeJobQueues',
        'batch:DescribeJobs',
        'batch:GetJobQueueSnapshot',
        'batch:ListJobs',
      ],
      // The reads of AWS Batch know no resource.
      resources: ['*'],
    });
  }

  /** How many jobs wait in this queue. */
  metricQueueDepth(options: MetricOptions = {}): Metric {
    return this.metric(METRICS.queueDepth, { statistic: 'Maximum', ...options });
  }

  /** How long the oldest waiting job waits, in seconds. */
  metricOldestWaitingAge(options: MetricOptions = {}): Metric {
    return this.metric(METRICS.oldestWaitingSeconds, { statistic: 'Maximum', ...options });
  }

  /** Calls the target with the event `Batch Job State Change` of every job of this queue. */
  onStateChange(id: string, { target, statuses, jobName }: StateChangeOptions): Rule {
    return stateChangeRule(this, id, {
      eventBus: this.#slipway.eventBus,
      target,
      jobQueueArn: this.jobQueueArn,
      ...(statuses === undefined ? {} : { statuses }),
      ...(jobName === undefined ? {} : { jobName }),
    });
  }

  private metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { JobQueue: this.jobQueueName },
      period: Duration.minutes(1),
      ...options,
    });
  }
}

type QueueInput = ReturnType<typeof queueInput>;

function queueInput(jobQueueName: string, props: JobQueueProps) {
  const { schedulingPolicy: policy, jobStateTimeLimitActions, tags } = props;
  const policyArn = typeof policy === 'object' ? policy.schedulingPolicyArn : policy;
  return {
    jobQueueName,
    state: props.enabled === false ? 'DISABLED' : 'ENABLED',
    priority: props.priority ?? 1,
    computeEnvironmentOrder: props.computeEnvironments.map(({ computeEnvironmentArn }, index) => ({
      order: index + 1,
      computeEnvironment: computeEnvironmentArn,
    })),
    ...(policyArn === undefined ? {} : { schedulingPolicyArn: policyArn }),
    ...(jobStateTimeLimitActions === undefined ? {} : { jobStateTimeLimitActions }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/** What can be judged without the environments themselves; the service judges the rest when it makes the queue. */
function queueProblems({ jobQueueName, tags, priority, computeEnvironmentOrder }: QueueInput): Problems {
  return [
    ...resourceNameProblems('jobQueueName', jobQueueName),
    ...tagsProblems('tags', tags),
    ...wholeNumberProblems('priority', priority, { min: 0 }),
    ...countProblems('computeEnvironments', computeEnvironmentOrder, { min: 1, max: 3 }),
  ];
}

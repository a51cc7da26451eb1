// The rule that follows jobs. The events are AWS Batch's own in type and detail; their source is ours, because EventBridge keeps `aws.` for AWS.
import { Rule } from 'aws-cdk-lib/aws-events';
import type { IEventBus, IRuleTarget } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';

export const EVENT_SOURCE = 'slipway.batch';
/** The type of the events that are records of calls. */
export const AUDIT_EVENT = 'AWS API Call via Slipway';

export type JobStatus =
  | 'SUBMITTED'
  | 'PENDING'
  | 'RUNNABLE'
  | 'STARTING'
  | 'RUNNING'
  | 'SUCCEEDED'
  | 'FAILED';

export interface StateChangeRule {
  readonly eventBus: IEventBus;
  readonly target: IRuleTarget;
  readonly jobQueueArn?: string;
  /** The definition's ARN without its revision. */
  readonly jobDefinitionArn?: string;
  readonly statuses?: readonly JobStatus[];
  readonly jobName?: string;
}

export function stateChangeRule(scope: Construct, id: string, options: StateChangeRule): Rule {
  const { eventBus, target, jobQueueArn, jobDefinitionArn, statuses, jobName } = options;
  const detail = {
    ...(jobQueueArn === undefined ? {} : { jobQueue: [jobQueueArn] }),
    ...(jobDefinitionArn === undefined ? {} : { jobDefinition: [{ prefix: `${jobDefinitionArn}:` }] }),
    ...(statuses === undefined ? {} : { status: [...statuses] }),
    ...(jobName === undefined ? {} : { jobName: [jobName] }),
  };
  return new Rule(scope, id, {
    eventBus,
    eventPattern: {
      source: [EVENT_SOURCE],
      detailType: ['Batch Job State Change'],
      ...(Object.keys(detail).length > 0 ? { detail } : {}),
    },
    targets: [target],
  });
}

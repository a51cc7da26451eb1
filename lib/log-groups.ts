// Where the output of jobs, the audit trail and the events go. They hold what the owner may not lose, so they outlive the stack unless told otherwise;
// `cdk deploy --import-existing-resources` takes up the ones that are there already, from AWS Batch or from an earlier Slipway.
import type { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

/** AWS Batch's own group, where clients look for the output of a job. */
export const JOB_LOG_GROUP = '/aws/batch/job';
export const AUDIT_LOG_GROUP = '/slipway/audit';
/** EventBridge writes into no other. The service's name follows. */
export const EVENT_LOG_GROUPS = '/aws/events/';

export interface LogGroupsProps {
  /** Days that the output of jobs and the audit trail are kept. CloudWatch Logs knows certain numbers only; the next larger one counts. */
  readonly retentionDays: number;
  /** Absent: events are not kept. */
  readonly events?: { readonly logGroupName: string; readonly retentionDays: number };
  readonly removalPolicy: RemovalPolicy;
  /** Groups that exist already and belong to somebody else. */
  readonly jobLogGroup?: ILogGroup;
  readonly auditLogGroup?: ILogGroup;
}

export class LogGroups extends Construct {
  readonly jobs: ILogGroup;
  readonly audit: ILogGroup;
  readonly events?: ILogGroup;

  constructor(scope: Construct, id: string, props: LogGroupsProps) {
    super(scope, id);
    const { events, removalPolicy } = props;
    const retention = retentionOf(props.retentionDays);
    this.jobs =
      props.jobLogGroup ??
      new LogGroup(this, 'Jobs', { logGroupName: JOB_LOG_GROUP, retention, removalPolicy });
    this.audit =
      props.auditLogGroup ??
      new LogGroup(this, 'Audit', { logGroupName: AUDIT_LOG_GROUP, retention, removalPolicy });
    if (events) {
      this.events = new LogGroup(this, 'Events', {
        logGroupName: events.logGroupName,
        retention: retentionOf(events.retentionDays),
        removalPolicy,
      });
    }
  }
}

/** The shortest retention that CloudWatch Logs offers and that keeps everything for `days`. */
export function retentionOf(days: number): RetentionDays {
  const offered = Object.values(RetentionDays)
    .filter((value) => typeof value === 'number')
    .filter((value) => value !== RetentionDays.INFINITE)
    .map(Number)
    .toSorted((left, right) => left - right);
  return offered.find((value) => value >= days) ?? RetentionDays.INFINITE;
}

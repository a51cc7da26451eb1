// The queues between functions, and the queues for what could not be done. Whatever arrives in one of the latter raises an alarm: it is
// work that nobody does until a person looks.
import { Duration } from 'aws-cdk-lib';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * A little more than the functions' own limit. Lambda advises six times as much, for the sake of throttled calls; but a
 * message that a dying function leaves holds up its whole scheduling domain for as long.
 */
const VISIBILITY = Duration.seconds(45);
const ATTEMPTS = 5;

export type FailureKind = 'changes' | 'wakes' | 'events' | 'resources';

export class Queues extends Construct {
  /** Wakes of the schedulers; its message group is the scheduling domain, so that one scheduler works at it at a time. */
  readonly schedule: Queue;
  /** Custom resources that are not done yet. */
  readonly resource: Queue;
  /** What failed for good, by what it is. */
  readonly failures: Readonly<Record<FailureKind, Queue>>;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.failures = {
      changes: failureQueue(this, 'FailedChanges'),
      wakes: failureQueue(this, 'FailedWakes', { fifo: true }),
      events: failureQueue(this, 'FailedEvents'),
      resources: failureQueue(this, 'FailedResources'),
    };
    this.schedule = queue(this, 'Schedule', {
      fifo: true,
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.failures.wakes, maxReceiveCount: ATTEMPTS },
    });
    this.resource = queue(this, 'CustomResources', {
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.failures.resources, maxReceiveCount: ATTEMPTS },
    });
  }
}

function failureQueue(scope: Construct, id: string, props: QueueProps = {}): Queue {
  const made = queue(scope, id, { ...props, retentionPeriod: Duration.days(14) });
  acknowledge(made, { 'AwsSolutions-SQS3': 'It is where others put what they could not do.' });
  return made;
}

function queue(scope: Construct, id: string, props: QueueProps): Queue {
  return new Queue(scope, id, { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true, ...props });
}

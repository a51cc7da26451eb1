// What calls the functions, from the triggers in lambdas/registry.ts: change stream, queues, events and clock. (The HTTP API, the
// state machines and CloudFormation call by themselves.)
import { Duration } from 'aws-cdk-lib';
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import { StartingPosition, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { FUNCTIONS } from '../lambdas/registry.ts';
import type { EventPattern, Trigger } from '../lambdas/registry.ts';
import { constructIdOf, type Functions } from './functions.ts';
import type { Queues } from './queues.ts';

export interface TriggersProps {
  readonly functions: Functions;
  readonly jobsTable: Table;
  readonly queues: Queues;
}

/** After that an event is told by the reconciler's own look at the world. */
const EVENT_AGE = Duration.hours(1);
const EVENT_RETRIES = 2;

export class Triggers extends Construct {
  constructor(scope: Construct, id: string, props: TriggersProps) {
    super(scope, id);
    for (const { name, trigger } of FUNCTIONS) {
      this.connect(constructIdOf(name), props.functions.byName[name], trigger, props);
    }
  }

  private connect(id: string, target: LambdaFunction, trigger: Trigger, props: TriggersProps): void {
    const { queues } = props;
    switch (trigger.kind) {
      case 'stream':
        target.addEventSource(
          // The same: CDK's class and interface differ in the readings of an optional member only.
          new DynamoEventSource(props.jobsTable as ITable, {
            // From the oldest change that is kept: a change that nobody saw would be a job that nobody looks at.
            startingPosition: StartingPosition.TRIM_HORIZON,
            batchSize: trigger.batchSize,
            retryAttempts: trigger.retryAttempts,
            bisectBatchOnError: true,
            reportBatchItemFailures: true,
            onFailure: new SqsDlq(queues.failures.changes),
          }),
        );
        return;
      case 'queue':
        target.addEventSource(
          new SqsEventSource(queues[trigger.queue], {
            batchSize: trigger.batchSize,
            reportBatchItemFailures: true,
          }),
        );
        return;
      case 'custom-resource':
        target.addEventSource(
          new SqsEventSource(queues[trigger.queue], { batchSize: 1, reportBatchItemFailures: true }),
        );
        return;
      case 'events':
        this.onEvents(id, target, trigger.patterns, queues);
        return;
      case 'timer':
        this.onTimer(id, target, trigger.everyMinutes, queues);
        return;
      case 'http-api':
      case 'state-machine':
        return;
    }
  }

  private onEvents(
    id: string,
    target: LambdaFunction,
    patterns: readonly EventPattern[],
    queues: Queues,
  ): void {
    retryThenKeep(target, queues);
    for (const [index, { source, detailTypes, detail }] of patterns.entries()) {
      const rule = new Rule(this, index === 0 ? id : `${id}${index + 1}`, {
        description: `Slipway: ${detailTypes.join(', ')}`,
        eventPattern: {
          source: [source],
          detailType: [...detailTypes],
          ...(detail === undefined ? {} : { detail }),
        },
      });
      rule.addTarget(eventTarget(target, queues));
    }
  }

  private onTimer(id: string, target: LambdaFunction, everyMinutes: number, queues: Queues): void {
    retryThenKeep(target, queues);
    const rule = new Rule(this, id, {
      description: 'Slipway: the reconciler looks',
      schedule: Schedule.rate(Duration.minutes(everyMinutes)),
    });
    // The next look follows in any case.
    rule.addTarget(new LambdaTarget(target, { retryAttempts: 0 }));
  }
}

function eventTarget(target: LambdaFunction, queues: Queues): LambdaTarget {
  return new LambdaTarget(target, {
    deadLetterQueue: queues.failures.events,
    maxEventAge: EVENT_AGE,
    retryAttempts: EVENT_RETRIES,
  });
}

function retryThenKeep(target: LambdaFunction, queues: Queues): void {
  target.configureAsyncInvoke({
    maxEventAge: EVENT_AGE,
    retryAttempts: EVENT_RETRIES,
    onFailure: new SqsDestination(queues.failures.events),
  });
}

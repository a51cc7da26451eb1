// What happens to jobs and queues, in a log group, for `slipway events` and the console: a bus only passes events on. The records of calls
// that are events as well are left out: the audit trail keeps them.
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Match, Rule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { ResourcePolicy, type ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { AUDIT_EVENT, EVENT_SOURCE } from './job-events.ts';

export interface EventLogProps {
  readonly eventBus: IEventBus;
  readonly logGroup: ILogGroup;
  readonly logGroupName: string;
}

export class EventLog extends Construct {
  constructor(scope: Construct, id: string, { eventBus, logGroup, logGroupName }: EventLogProps) {
    super(scope, id);
    // As EventBridge takes it: the group's own attribute ends in `:*`.
    const arn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    // EventBridge has no role for this target: the group's own policy lets it in. CDK's target would add a function to write it.
    const policy = new ResourcePolicy(this, 'Policy', {
      policyStatements: [
        new PolicyStatement({
          principals: [
            new ServicePrincipal('events.amazonaws.com'),
            new ServicePrincipal('delivery.logs.amazonaws.com'),
          ],
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [`${arn}:*`],
        }),
      ],
    });
    const rule = new Rule(this, 'Rule', {
      description: 'Slipway: keeps the events of jobs and queues',
      eventBus,
      eventPattern: { source: [EVENT_SOURCE], detailType: Match.anythingBut(AUDIT_EVENT) },
      targets: [{ bind: () => ({ arn }) }],
    });
    rule.node.addDependency(policy, logGroup);
  }
}

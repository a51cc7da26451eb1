// When a person has to look. Each alarm is about something that mends by no retry, or that has lasted longer than retries take; what to do is
// in its description and at length in docs/operations.md.
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  MathExpression,
  TreatMissingData,
  type IMetric,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Functions } from './functions.ts';
import type { HttpApi } from './http-api.ts';
import { METRICS, METRICS_NAMESPACE } from './metrics.ts';
import type { Queues } from './queues.ts';

export interface AlarmsProps {
  readonly functions: Functions;
  readonly queues: Queues;
  readonly apis: readonly HttpApi[];
  readonly tables: readonly Table[];
  /** Who is told. Without one, alarms show on the dashboard only. */
  readonly topic?: ITopic;
}

interface Watch {
  readonly id: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** How many periods in a row. */
  readonly periods: number;
  /** What has happened, what it means for jobs, what to do. */
  readonly description: string;
}

const MINUTE = Duration.minutes(1);
const FIVE_MINUTES = Duration.minutes(5);

export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { topic } = props;
    const watches = [
      ...failureWatches(props.queues),
      ...progressWatches(props),
      ...accessWatches(props.apis),
      ...tableWatches(props.tables),
    ];
    this.alarms = watches.map((watch) => {
      const alarm = new Alarm(this, watch.id, {
        metric: watch.metric,
        threshold: watch.threshold,
        evaluationPeriods: watch.periods,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: watch.description,
      });
      if (topic) alarm.addAlarmAction(new SnsAction(topic));
      return alarm;
    });
  }
}

function failureWatches({ failures }: Queues): readonly Watch[] {
  const told = {
    changes:
      'A change of a job could not be followed up: its events, dependents or container may be missing. The message names the stream records; the reconciler repairs what it can see.',
    wakes:
      'A scheduler kept failing on a wake: jobs of the queues in the message may wait longer than they need to, until the reconciler wakes their scheduler.',
    events:
      'An event of ECS, EC2 or Auto Scaling could not be taken: what it told is seen by the reconciler within minutes.',
    resources:
      'A queue, environment, definition or policy of a CloudFormation stack could not be made: that stack waits for an hour and then rolls back.',
  } as const;
  const kinds = ['changes', 'wakes', 'events', 'resources'] as const;
  return kinds.map((kind) => ({
    id: `Failed-${kind}`,
    metric: failures[kind].metricApproximateNumberOfMessagesVisible({ period: MINUTE, statistic: 'Maximum' }),
    threshold: 1,
    periods: 1,
    description: `Slipway: ${told[kind]}`,
  }));
}

function progressWatches({ functions, queues }: AlarmsProps): readonly Watch[] {
  const { react, reconcile } = functions.byName;
  return [
    {
      id: 'ChangesLate',
      metric: react.metric('IteratorAge', { period: MINUTE, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toMilliseconds(),
      periods: 3,
      description:
        'Slipway: changes of jobs are followed up more than five minutes late: dependents and events wait. Look at the errors and throttles of the function react.',
    },
    {
      id: 'WakesLate',
      metric: queues.schedule.metricApproximateAgeOfOldestMessage({ period: MINUTE, statistic: 'Maximum' }),
      threshold: Duration.minutes(5).toSeconds(),
      periods: 3,
      description:
        'Slipway: a scheduler has not come to its wake for five minutes: jobs wait though there may be room. Look at the errors and the duration of the function schedule.',
    },
    {
      id: 'ReconcilerFails',
      metric: reconcile.metricErrors({ period: FIVE_MINUTES, statistic: 'Sum' }),
      threshold: 3,
      periods: 2,
      description:
        'Slipway: the reconciler keeps failing: what is lost stays lost until it works. Look at its log.',
    },
    {
      id: 'FunctionsThrottled',
      // Of the account: the quota is the account's too.
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Throttles',
        period: FIVE_MINUTES,
        statistic: 'Sum',
      }),
      threshold: 10,
      periods: 3,
      description:
        'Slipway: the account runs more functions at a time than it may: everything gets slower, nothing is lost. Ask for a higher quota of concurrent executions.',
    },
    {
      id: 'ServiceThrottled',
      // Over the services, whichever they are: an alarm on a metric with dimensions would have to name one.
      metric: new MathExpression({
        expression: `SELECT SUM(${METRICS.throttles}) FROM SCHEMA("${METRICS_NAMESPACE}", Service)`,
        usingMetrics: {},
        period: FIVE_MINUTES,
      }),
      threshold: 100,
      periods: 3,
      description:
        'Slipway: AWS keeps refusing calls as too many: starts of jobs are slowed down. The dashboard says which service; docs/operations.md which quota.',
    },
  ];
}

function accessWatches(apis: readonly HttpApi[]): readonly Watch[] {
  return apis.map(({ api, node }) => ({
    id: `${node.id}Fails`,
    metric: api.metricServerError({ period: FIVE_MINUTES, statistic: 'Sum' }),
    threshold: 5,
    periods: 2,
    description: 'Slipway: calls of the API fail for a reason of ours. Look at the log of the function api.',
  }));
}

function tableWatches(tables: readonly Table[]): readonly Watch[] {
  return tables.map((table) => ({
    id: `${table.node.id}TableThrottled`,
    metric: new Metric({
      namespace: 'AWS/DynamoDB',
      metricName: 'WriteThrottleEvents',
      dimensionsMap: { TableName: table.tableName },
      period: FIVE_MINUTES,
      statistic: 'Sum',
    }),
    threshold: 100,
    periods: 3,
    description:
      'Slipway: DynamoDB refuses writes as too many for one partition or for the table: calls are repeated, and everything gets slower.',
  }));
}

// One page that answers the operator's questions in their order: do jobs wait, where does the time go, what fails, what is close to a limit.
import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  MathExpression,
  Row,
  type Alarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Functions } from './functions.ts';
import type { HttpApi } from './http-api.ts';
import { METRICS, METRICS_NAMESPACE } from './metrics.ts';
import type { Queues } from './queues.ts';

export interface DashboardProps {
  readonly name: string;
  readonly alarms: readonly Alarm[];
  readonly functions: Functions;
  readonly queues: Queues;
  readonly apis: readonly HttpApi[];
}

const WIDTH = 8;
const HEIGHT = 6;

export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id);
    const dashboard = new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: props.name,
      defaultInterval: Duration.hours(3),
    });
    dashboard.addWidgets(
      new Row(new AlarmStatusWidget({ title: 'Alarms', alarms: [...props.alarms], width: 24, height: 4 })),
      new Row(
        graph('Jobs that wait, by queue', [ofService(METRICS.queueDepth, 'JobQueue', 'Maximum')]),
        graph('Age of the oldest waiting job (s)', [
          ofService(METRICS.oldestWaitingSeconds, 'JobQueue', 'Maximum'),
        ]),
        graph('Attempts that failed, by cause', [ofService(METRICS.failures, 'Cause', 'Sum')]),
      ),
      new Row(
        graph('Time per stage (ms, median)', [ofService(METRICS.stageTime, 'Stage', 'p50')]),
        graph('Time per stage (ms, 99th percentile)', [ofService(METRICS.stageTime, 'Stage', 'p99')]),
        graph('Calls that AWS refused as too many, by service', [
          ofService(METRICS.throttles, 'Service', 'Sum'),
        ]),
      ),
      new Row(...serviceWidgets(props)),
    );
  }
}

function serviceWidgets({ functions, queues, apis }: DashboardProps): readonly IWidget[] {
  const lambdas = Object.entries(functions.byName);
  return [
    graph(
      'Calls of the API',
      apis.flatMap(({ api }) => [
        api.metricCount({ label: 'calls' }),
        api.metricServerError({ label: '5xx' }),
      ]),
    ),
    graph('How late changes and wakes are', [
      functions.byName.react.metric('IteratorAge', { label: 'changes (ms)', statistic: 'Maximum' }),
      queues.schedule.metricApproximateAgeOfOldestMessage({ label: 'wakes (s)' }),
    ]),
    graph(
      'Errors of functions',
      lambdas.map(([label, lambda]) => lambda.metricErrors({ label })),
    ),
  ];
}

/** Every series of a metric of ours, whatever the dimension's values are. */
function ofService(metricName: string, dimension: string, statistic: string): IMetric {
  const search = `{${METRICS_NAMESPACE},${dimension}} MetricName="${metricName}"`;
  return new MathExpression({
    expression: `SEARCH('${search}', '${statistic}')`,
    usingMetrics: {},
    label: '',
    period: Duration.minutes(1),
  });
}

function graph(title: string, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, left: [...left], width: WIDTH, height: HEIGHT });
}

// One page that answers the operator's questions in their order: do jobs wait, where does the time go, what fails, what is close to a limit.
import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  MathExpression,
  Metric,
  Row,
  type Alarm,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { Functions } from './functions.ts';
import type { HttpApi } from './http-api.ts';
import { METRICS, METRICS_NAMESPACE, RAN, STAGES_BEFORE_RUN } from './metrics.ts';
import type { Queues } from './queues.ts';

export interface DashboardProps {
  readonly name: string;
  readonly alarms: readonly Alarm[];
  readonly functions: Functions;
  readonly queues: Queues;
  readonly apis: readonly HttpApi[];
}

/** Of 24 columns. */
const WIDTH = 8;
const NARROW = 6;
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
        stagesGraph('Until a job runs, by stage (ms, median)', 'p50'),
        stagesGraph('Until a job runs, by stage (ms, 99th percentile)', 'p99'),
        graph('How long attempts ran (ms)', [ofStage(RAN, 'p50', 'median'), ofStage(RAN, 'p99', '99 %')]),
      ),
      new Row(...serviceWidgets(props)),
    );
  }
}

function serviceWidgets({ functions, queues, apis }: DashboardProps): readonly IWidget[] {
  const lambdas = Object.entries(functions.byName);
  return [
    graph('Calls that AWS refused', [ofService(METRICS.throttles, 'Service', 'Sum')], NARROW),
    graph(
      'Calls of the API',
      apis.flatMap(({ api }) => [
        api.metricCount({ label: 'calls' }),
        api.metricServerError({ label: '5xx' }),
      ]),
      NARROW,
    ),
    graph(
      'How late changes and wakes are',
      [
        functions.byName.react.metric('IteratorAge', { label: 'changes (ms)', statistic: 'Maximum' }),
        queues.schedule.metricApproximateAgeOfOldestMessage({ label: 'wakes (s)' }),
      ],
      NARROW,
    ),
    graph(
      'Errors of functions',
      lambdas.map(([label, lambda]) => lambda.metricErrors({ label })),
      NARROW,
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

function ofStage(stage: string, statistic: string, label: string = stage): IMetric {
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: METRICS.stageTime,
    dimensionsMap: { Stage: stage },
    statistic,
    label,
    period: Duration.minutes(1),
  });
}

/** Stacked, since the stages follow one another. */
function stagesGraph(title: string, statistic: string): GraphWidget {
  const left = STAGES_BEFORE_RUN.map((stage) => ofStage(stage, statistic));
  return new GraphWidget({ title, left, stacked: true, width: WIDTH, height: HEIGHT });
}

function graph(title: string, left: readonly IMetric[], width: number = WIDTH): GraphWidget {
  return new GraphWidget({ title, left: [...left], width, height: HEIGHT });
}

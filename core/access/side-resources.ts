// What the calls beside AWS Batch are asked for: reads of CloudWatch Logs and of ECS, and Slipway's own calls.
import type { Scope } from '../ids.ts';
import { textMember, textsMember } from './members.ts';

export function logsResourcesOf(operation: string, scope: Scope, input: object): readonly string[] {
  const base = `arn:${scope.partition}:logs:${scope.region}:${scope.account}:log-group:`;
  const named = textMember(input, 'logGroupName') ?? textMember(input, 'logGroupIdentifier') ?? '*';
  const group = named.replace(/^arn:[^:]*:logs:[^:]*:[^:]*:log-group:/, '').replace(/:\*$/, '');
  switch (operation) {
    case 'GetLogEvents':
    case 'DeleteLogStream':
      return [`${base}${group}:log-stream:${textMember(input, 'logStreamName') ?? '*'}`];
    case 'FilterLogEvents':
    case 'DescribeLogStreams':
      return [`${base}${group}:*`];
    default:
      return [`${base}*`];
  }
}

export function ecsResourcesOf(operation: string, scope: Scope, input: object): readonly string[] {
  const arn = (type: string, name: string): string =>
    name.startsWith('arn:')
      ? name
      : `arn:${scope.partition}:ecs:${scope.region}:${scope.account}:${type}/${name}`;
  const cluster = textMember(input, 'cluster') ?? 'default';
  const clusterName = cluster.replace(/^.*:cluster\//, '');
  const inside = (type: string, field: string): readonly string[] =>
    textsMember(input, field).map((name) =>
      name.startsWith('arn:') ? name : arn(type, `${clusterName}/${name}`),
    );
  switch (operation) {
    case 'DescribeClusters':
      return orAny(textsMember(input, 'clusters').map((name) => arn('cluster', name)));
    case 'ListContainerInstances':
      return [arn('cluster', cluster)];
    case 'DescribeTasks':
      return orAny(inside('task', 'tasks'));
    case 'DescribeContainerInstances':
      return orAny(inside('container-instance', 'containerInstances'));
    default:
      return ['*'];
  }
}

function orAny(arns: readonly string[]): readonly string[] {
  return arns.length === 0 ? ['*'] : arns;
}

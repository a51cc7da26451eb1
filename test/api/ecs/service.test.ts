import {
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeTaskDefinitionCommand,
  DescribeTasksCommand,
  ECSClient,
  ListClustersCommand,
  ListContainerInstancesCommand,
  ListTasksCommand,
  paginateListClusters,
} from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { createEcsService } from '../../../api/ecs/service.ts';
import type {
  EcsCluster,
  EcsContainerInstance,
  EcsTask,
  EcsTaskQuery,
  EcsView,
} from '../../../api/ecs/view.ts';
import { createRouter } from '../../../api/router.ts';
import { clientConfig, routerOptions } from '../sdk-roundtrip.ts';

const ECS = 'arn:aws:ecs:us-east-1:123456789012';
const TASK_ID = '0123456789abcdef0123456789abcdef';
const DEFINITION = {
  arn: `${ECS}:task-definition/sleep:3`,
  family: 'sleep',
  revision: 3,
  status: 'ACTIVE',
  containerDefinitions: [{ name: 'default', image: 'busybox' }],
} as const;

function aCluster(name: string): EcsCluster {
  const counts = { registeredContainerInstances: 1, runningTasks: 2, pendingTasks: 3 };
  return { name, arn: `${ECS}:cluster/${name}`, status: 'ACTIVE', ...counts };
}

const task: EcsTask = {
  id: TASK_ID,
  arn: `${ECS}:task/local/${TASK_ID}`,
  clusterArn: `${ECS}:cluster/local`,
  taskDefinitionArn: DEFINITION.arn,
  containerInstanceArn: `${ECS}:container-instance/local/i1`,
  launchType: 'EC2',
  lastStatus: 'STOPPED',
  desiredStatus: 'STOPPED',
  cpu: '256',
  memory: '512',
  createdAtMs: 1_700_000_000_123,
  stoppedAtMs: 1_700_000_001_000,
  stoppedReason: 'Essential container in task exited',
  containers: [{ name: 'default', image: 'busybox', lastStatus: 'STOPPED', exitCode: 0 }],
};

const instance: EcsContainerInstance = {
  id: 'i1',
  arn: `${ECS}:container-instance/local/i1`,
  ec2InstanceId: 'i-0123456789abcdef0',
  instanceType: 'm5.large',
  status: 'ACTIVE',
  registered: { cpuUnits: 2048, memoryMiB: 7680 },
  remaining: { cpuUnits: 1024, memoryMiB: 3840 },
  runningTasks: 1,
  pendingTasks: 0,
};

const queries: EcsTaskQuery[] = [];
const view: EcsView = {
  clusters: () => Promise.resolve(['local', 'default', 'gpu'].map(aCluster)),
  tasks: (_scope, cluster, ids) =>
    Promise.resolve(ids.map((id) => (cluster === 'local' && id === TASK_ID ? task : undefined))),
  listTasks(_scope, _cluster, query) {
    queries.push(query);
    return Promise.resolve(
      query.after === undefined ? { taskArns: [task.arn], next: 'p' } : { taskArns: [] },
    );
  },
  containerInstances: (_scope, cluster) => Promise.resolve(cluster === 'local' ? [instance] : []),
  taskDefinition: (_scope, family, revision) =>
    Promise.resolve(family === 'sleep' && (revision ?? 3) === 3 ? DEFINITION : undefined),
};

const client = new ECSClient(
  clientConfig(createRouter(routerOptions({ services: [createEcsService(view)] }))),
);

describe('clusters', () => {
  it('are listed by page, in one order', async () => {
    const arns: string[] = [];
    for await (const page of paginateListClusters({ client, pageSize: 2 }, {}))
      arns.push(...(page.clusterArns ?? []));
    expect(arns).toEqual(['default', 'gpu', 'local'].map((name) => `${ECS}:cluster/${name}`));
    await expect(client.send(new ListClustersCommand({ nextToken: 'abc' }))).rejects.toMatchObject({
      name: 'InvalidParameterException',
    });
  });

  it('are described by name or ARN, unknown ones as failures', async () => {
    const wanted = [
      'local',
      `${ECS}:cluster/gpu`,
      'nope',
      'arn:aws:ecs:eu-west-1:123456789012:cluster/local',
    ];
    const { clusters, failures } = await client.send(new DescribeClustersCommand({ clusters: wanted }));
    expect(clusters?.map((cluster) => [cluster.clusterName, cluster.runningTasksCount])).toEqual([
      ['local', 2],
      ['gpu', 2],
    ]);
    expect(failures).toEqual([
      { arn: `${ECS}:cluster/nope`, reason: 'MISSING' },
      { arn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/local', reason: 'MISSING' },
    ]);
  });

  it('mean the default one when none is named', async () => {
    const { clusters } = await client.send(new DescribeClustersCommand({}));
    expect(clusters?.map((cluster) => cluster.clusterName)).toEqual(['default']);
  });

  it.each([
    new DescribeTasksCommand({ cluster: 'nope', tasks: [TASK_ID] }),
    new DescribeContainerInstancesCommand({ cluster: 'nope', containerInstances: ['i1'] }),
    new ListTasksCommand({ cluster: 'nope' }),
  ])('that are unknown are an error inside them', async (command) => {
    // A union of commands: each has its own input type, the client takes any of them.
    const send = client.send(command as DescribeTasksCommand);
    await expect(send).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
      message: 'Cluster not found.',
    });
  });
});

describe('tasks', () => {
  it.each([TASK_ID, task.arn, `${ECS}:task/${TASK_ID}`])('are described by %s', async (reference) => {
    const { tasks, failures } = await client.send(
      new DescribeTasksCommand({ cluster: task.clusterArn, tasks: [reference] }),
    );
    expect(failures).toEqual([]);
    expect(tasks).toMatchObject([
      {
        taskArn: task.arn,
        containerInstanceArn: instance.arn,
        lastStatus: 'STOPPED',
        createdAt: new Date(1_700_000_000_123),
        stoppedAt: new Date(1_700_000_001_000),
        containers: [{ name: 'default', exitCode: 0, taskArn: task.arn }],
      },
    ]);
    expect(tasks?.[0]).not.toHaveProperty('startedAt');
  });

  it('that are unknown or elsewhere are failures', async () => {
    const elsewhere = `${ECS}:task/gpu/${TASK_ID}`;
    const command = new DescribeTasksCommand({ cluster: 'local', tasks: ['x', elsewhere, TASK_ID] });
    const { tasks, failures } = await client.send(command);
    expect(tasks).toHaveLength(1);
    expect(failures).toEqual([
      { arn: `${ECS}:task/local/x`, reason: 'MISSING' },
      { arn: elsewhere, reason: 'MISSING' },
    ]);
  });

  it('are listed by what is asked, page by page', async () => {
    const input = {
      cluster: 'local',
      family: 'sleep',
      containerInstance: instance.arn,
      desiredStatus: 'STOPPED',
    } as const;
    const first = await client.send(new ListTasksCommand({ ...input, maxResults: 5 }));
    expect(first.taskArns).toEqual([task.arn]);
    const second = await client.send(new ListTasksCommand({ ...input, nextToken: first.nextToken }));
    expect(second).toMatchObject({ taskArns: [] });
    expect(second.nextToken).toBeUndefined();
    const asked = { desiredStatus: 'STOPPED', family: 'sleep', containerInstanceId: 'i1' };
    expect(queries).toEqual([
      { ...asked, limit: 5 },
      { ...asked, limit: 100, after: 'p' },
    ]);
    const foreign = new ListTasksCommand({ cluster: 'local', nextToken: first.nextToken });
    await expect(client.send(foreign)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('are never desired to be PENDING', async () => {
    const { taskArns } = await client.send(
      new ListTasksCommand({ cluster: 'local', desiredStatus: 'PENDING' }),
    );
    expect(taskArns).toEqual([]);
  });
});

describe('container instances', () => {
  it('are listed by status', async () => {
    const list = async (status: 'ACTIVE' | 'DRAINING') =>
      (await client.send(new ListContainerInstancesCommand({ cluster: 'local', status })))
        .containerInstanceArns;
    expect([await list('ACTIVE'), await list('DRAINING')]).toEqual([[instance.arn], []]);
    const filtered = new ListContainerInstancesCommand({ cluster: 'local', filter: 'attribute:a == b' });
    await expect(client.send(filtered)).rejects.toThrow(
      'filter is not supported here, but is attribute:a == b.',
    );
    const unknown = new ListContainerInstancesCommand({ cluster: 'nope' });
    await expect(client.send(unknown)).rejects.toMatchObject({ name: 'ClusterNotFoundException' });
  });

  it('lead to the EC2 instance', async () => {
    const { containerInstances, failures } = await client.send(
      new DescribeContainerInstancesCommand({ cluster: 'local', containerInstances: [instance.arn, 'i2'] }),
    );
    expect(containerInstances).toMatchObject([
      {
        ec2InstanceId: 'i-0123456789abcdef0',
        attributes: [{ name: 'ecs.instance-type', value: 'm5.large' }],
        remainingResources: [
          { name: 'CPU', integerValue: 1024 },
          { name: 'MEMORY', integerValue: 3840 },
        ],
      },
    ]);
    expect(failures).toEqual([{ arn: `${ECS}:container-instance/local/i2`, reason: 'MISSING' }]);
  });
});

describe('a task definition', () => {
  it.each(['sleep', 'sleep:3', DEFINITION.arn])('is described by %s', async (taskDefinition) => {
    const answer = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
    expect(answer.taskDefinition).toMatchObject({
      taskDefinitionArn: DEFINITION.arn,
      revision: 3,
      volumes: [],
    });
  });

  it.each(['sleep:4', 'other', '', 'arn:aws:ecs:eu-west-1:123456789012:task-definition/sleep:3'])(
    'that is unknown is a ClientException: %s',
    async (taskDefinition) => {
      await expect(client.send(new DescribeTaskDefinitionCommand({ taskDefinition }))).rejects.toMatchObject({
        name: 'ClientException',
        message: 'Unable to describe task definition.',
      });
    },
  );
});

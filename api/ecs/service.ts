// The few reads of ECS that clients of AWS Batch make, as an AWS JSON 1.1 service. What does not exist is listed in
// `failures` with reason MISSING, where ECS does so; an unknown cluster is an error for everything inside a cluster.
import { ECS_LIST_SIZE } from '../limits.ts';
import { jsonOperation, type JsonOperation, type JsonService } from '../operation.ts';
import { integer, list, oneOf, optional, required, string, structure } from '../shapes/shape.ts';
import { describeClusters, listClusters } from './clusters.ts';
import { describeContainerInstances, listContainerInstances } from './container-instances.ts';
import { describeTaskDefinition, describeTasks, listTasks } from './tasks.ts';
import type { EcsView } from './view.ts';

const reference = string();
const references = list(reference, { max: ECS_LIST_SIZE });
const page = { nextToken: optional(string()), maxResults: optional(integer({ min: 1, max: ECS_LIST_SIZE })) };

export function createEcsService(view: EcsView): JsonService {
  return {
    name: 'ecs',
    targetPrefix: 'AmazonEC2ContainerServiceV20141113',
    operations: [...clusterOperations(view), ...taskOperations(view)],
  };
}

function clusterOperations(view: EcsView): readonly JsonOperation[] {
  return [
    jsonOperation({
      name: 'ListClusters',
      input: structure(page),
      handle: ({ scope }, input) => listClusters(view, scope, input),
    }),
    jsonOperation({
      name: 'DescribeClusters',
      input: structure({ clusters: optional(references) }),
      handle: ({ scope }, input) => describeClusters(view, scope, input),
    }),
    jsonOperation({
      name: 'ListContainerInstances',
      input: structure({
        ...page,
        cluster: optional(reference),
        filter: optional(string()),
        status: optional(oneOf(['ACTIVE', 'DRAINING', 'INACTIVE'])),
      }),
      handle: ({ scope }, input) => listContainerInstances(view, scope, input),
    }),
    jsonOperation({
      name: 'DescribeContainerInstances',
      input: structure({ cluster: optional(reference), containerInstances: required(references) }),
      handle: ({ scope }, input) => describeContainerInstances(view, scope, input),
    }),
  ];
}

function taskOperations(view: EcsView): readonly JsonOperation[] {
  return [
    jsonOperation({
      name: 'DescribeTasks',
      input: structure({ cluster: optional(reference), tasks: required(references) }),
      handle: ({ scope }, input) => describeTasks(view, scope, input),
    }),
    jsonOperation({
      name: 'ListTasks',
      input: structure({
        ...page,
        cluster: optional(reference),
        containerInstance: optional(reference),
        family: optional(reference),
        desiredStatus: optional(oneOf(['RUNNING', 'PENDING', 'STOPPED'])),
      }),
      handle: ({ scope }, input) => listTasks(view, scope, input),
    }),
    jsonOperation({
      name: 'DescribeTaskDefinition',
      input: structure({ taskDefinition: required(reference) }),
      handle: ({ scope }, input) => describeTaskDefinition(view, scope, input),
    }),
  ];
}

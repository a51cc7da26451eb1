// The tasks of an attempt, found by `startedBy` or by their ids. ECS lists with a lag and forgets stopped tasks after about an
// hour, so that finding none proves nothing by itself.
import { DescribeTasksCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import type { DesiredStatus, Task } from '@aws-sdk/client-ecs';
import type { EcsCalls } from './clusters.ts';
import { ECS_RETRY, retrying } from './retry.ts';
import { startedByOf } from './started-by.ts';

/** ARNs of the attempt's tasks that are to run, or that are stopping or stopped. */
export async function listTasksOf(
  { client, retry = ECS_RETRY }: EcsCalls,
  cluster: string,
  attemptId: string,
  desiredStatus: DesiredStatus,
): Promise<readonly string[]> {
  const startedBy = startedByOf(attemptId);
  const arns: string[] = [];
  let nextToken: string | undefined;
  do {
    const command = new ListTasksCommand({
      cluster,
      startedBy,
      desiredStatus,
      ...(nextToken === undefined ? {} : { nextToken }),
    });
    const answer = await retrying(retry, 'ListTasks', () => client.send(command));
    arns.push(...(answer.taskArns ?? []));
    nextToken = answer.nextToken;
  } while (nextToken !== undefined);
  return arns;
}

/** Tasks by ARN or id, at most 100; those that ECS knows no more are left out. */
export async function describeTasks(
  { client, retry = ECS_RETRY }: EcsCalls,
  cluster: string,
  tasks: readonly string[],
): Promise<readonly Task[]> {
  if (tasks.length === 0) return [];
  const command = new DescribeTasksCommand({ cluster, tasks: tasks.slice(0, DESCRIBED_AT_ONCE) });
  const answer = await retrying(retry, 'DescribeTasks', () => client.send(command));
  return answer.tasks ?? [];
}
const DESCRIBED_AT_ONCE = 100;

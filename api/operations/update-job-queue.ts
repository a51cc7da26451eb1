// UpdateJobQueue: only the given members change; lists are replaced whole.
import type { ComputeEnvironmentArn, QueueArn, Scope } from '../../core/ids.ts';
import type { ComputeEnvironmentPlace } from '../../core/queue/job-queue.ts';
import { updateQueue, type QueueAnswer, type QueueDeps } from '../../engine/queues.ts';
import type { InputOf, Operation, OutputOf } from '../operation.ts';
import { readArn, readReference, refusal } from './resource-references.ts';

type NamingMembers = 'computeEnvironmentOrder' | 'schedulingPolicyArn';

export const updateJobQueue: Operation<'UpdateJobQueue', QueueDeps> = {
  name: 'UpdateJobQueue',
  async handle({ deps, scope }, { jobQueue, ...changes }) {
    // The ARN's type is checked where it is read.
    const arn = readReference(scope, 'job-queue', 'jobQueue', jobQueue) as QueueArn;
    return acceptedQueue(await updateQueue(deps, arn, withArns(scope, changes)));
  },
};

/** The input with the resources it names as ARNs. An empty policy ARN is left for the rules to refuse. */
export function withArns<Input extends Pick<InputOf<'UpdateJobQueue'>, NamingMembers>>(
  scope: Scope,
  input: Input,
): Omit<Input, 'computeEnvironmentOrder'> & {
  readonly computeEnvironmentOrder?: readonly ComputeEnvironmentPlace[];
} {
  const { computeEnvironmentOrder, ...others } = input;
  if (input.schedulingPolicyArn) {
    readArn(scope, 'scheduling-policy', 'schedulingPolicyArn', input.schedulingPolicyArn);
  }
  if (computeEnvironmentOrder === undefined) return others;
  const places = computeEnvironmentOrder.map(({ order, computeEnvironment }, index) => {
    const field = `computeEnvironmentOrder[${index}].computeEnvironment`;
    const arn = readReference(scope, 'compute-environment', field, computeEnvironment);
    return { order, computeEnvironment: arn as ComputeEnvironmentArn }; // its type was just checked
  });
  return { ...others, computeEnvironmentOrder: places };
}

/** The answer to a create or an update. */
export function acceptedQueue(answer: QueueAnswer): OutputOf<'CreateJobQueue'> {
  if ('problems' in answer) throw refusal(answer.problems);
  const { name, queueArn } = answer.queue;
  return { jobQueueName: name, jobQueueArn: queueArn };
}

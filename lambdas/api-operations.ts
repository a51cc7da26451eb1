// The offered operations as a function has them: those that every job needs are at hand, the others are read when one is called.
// They bring the rules of definitions, queues and environments, which are most of the code, and few calls.
import { OPERATIONS as FREQUENT } from './frequent-operations.ts';
import type { OPERATIONS } from '../api/offered-operations.ts';
import type { CallContext, InputOf, Operation, OperationName, OutputOf } from '../api/operation.ts';

type Offered = typeof OPERATIONS;
type Name = keyof Offered & OperationName;
type DepsOf<Of> = Of extends Operation<OperationName, infer Deps> ? Deps : never;

const RARE = [
  'CreateComputeEnvironment',
  'CreateConsumableResource',
  'CreateJobQueue',
  'CreateSchedulingPolicy',
  'DeleteComputeEnvironment',
  'DeleteConsumableResource',
  'DeleteJobQueue',
  'DeleteSchedulingPolicy',
  'DeregisterJobDefinition',
  'DescribeComputeEnvironments',
  'DescribeConsumableResource',
  'DescribeJobDefinitions',
  'DescribeJobQueues',
  'DescribeSchedulingPolicies',
  'GetJobQueueSnapshot',
  'ListConsumableResources',
  'ListJobsByConsumableResource',
  'ListSchedulingPolicies',
  'ListTagsForResource',
  'RegisterJobDefinition',
  'TagResource',
  'UntagResource',
  'UpdateComputeEnvironment',
  'UpdateConsumableResource',
  'UpdateJobQueue',
  'UpdateSchedulingPolicy',
] as const satisfies readonly Name[];

/** Every offered operation must be here or among the frequent ones: this is `never` then, and does not compile otherwise. */
type Forgotten = Exclude<Name, (typeof RARE)[number] | keyof typeof FREQUENT>;
const NONE_FORGOTTEN: [Forgotten] extends [never] ? true : Forgotten = true;

function onDemand<N extends (typeof RARE)[number]>(name: N): Operation<N, DepsOf<Offered[N]>> {
  return {
    name,
    async handle(context: CallContext<DepsOf<Offered[N]>>, input: InputOf<N>): Promise<OutputOf<N>> {
      const { OPERATIONS: offered } = await import('../api/offered-operations.ts');
      // One name's operation takes that name's input and dependencies; TypeScript cannot follow the correlation.
      const operation = offered[name] as unknown as Operation<N, DepsOf<Offered[N]>>;
      return operation.handle(context, input);
    },
  };
}

type OnDemand = { readonly [N in (typeof RARE)[number]]: Operation<N, DepsOf<Offered[N]>> };

export const API_OPERATIONS = {
  ...(NONE_FORGOTTEN && FREQUENT),
  ...(Object.fromEntries(RARE.map((name) => [name, onDemand(name)])) as unknown as OnDemand), // made name by name
};

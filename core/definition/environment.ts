// What a container finds in its environment. One rule: the more specific source wins, and the service's own AWS_BATCH_*
// variables win over everything, so that a job can always tell who it is.
import type { NameValue } from '../job/spec.ts';
import type { TextMap } from './wire.ts';

/** A node's place in its multi-node parallel job. */
export interface NodePlace {
  readonly index: number;
  readonly numNodes: number;
  readonly mainNode: number;
  /** Known to the other nodes once the main node runs. */
  readonly mainNodeAddress?: string;
}

export interface EnvironmentSource {
  /** The operator's variables for every job of the home: defaults, which definition and job may replace. */
  readonly operator: TextMap;
  /** The merged definition's and job's variables, in order; a later entry of the same name wins. */
  readonly container: readonly NameValue[];
  /** AWS_EXECUTION_ENV, such as `AWS_ECS_EC2`: the home knows what runs the container. */
  readonly executionEnv: string;
  /** The job's own form: `<uuid>`, `<uuid>:<index>` or `<uuid>#<index>`. */
  readonly jobId: string;
  /** From 1. */
  readonly attempt: number;
  readonly queueName: string;
  readonly computeEnvironmentName: string;
  readonly arrayIndex?: number;
  readonly node?: NodePlace;
}

/** The complete environment of one attempt's container. */
export function jobEnvironment(source: EnvironmentSource): TextMap {
  const { operator, container, executionEnv, jobId, attempt, queueName, arrayIndex, node } = source;
  const stated = container.flatMap(({ name, value = '' }): [string, string][] =>
    name === undefined || name === '' ? [] : [[name, value]],
  );
  return {
    ...operator,
    ...Object.fromEntries(stated),
    AWS_EXECUTION_ENV: executionEnv,
    AWS_BATCH_JOB_ID: jobId,
    AWS_BATCH_JOB_ATTEMPT: String(attempt),
    AWS_BATCH_JQ_NAME: queueName,
    AWS_BATCH_CE_NAME: source.computeEnvironmentName,
    ...(arrayIndex === undefined ? {} : { AWS_BATCH_JOB_ARRAY_INDEX: String(arrayIndex) }),
    ...(node === undefined ? {} : nodeVariables(node)),
  };
}

function nodeVariables({ index, numNodes, mainNode, mainNodeAddress }: NodePlace): TextMap {
  const isChild = index !== mainNode;
  return {
    AWS_BATCH_JOB_NODE_INDEX: String(index),
    AWS_BATCH_JOB_NUM_NODES: String(numNodes),
    AWS_BATCH_JOB_MAIN_NODE_INDEX: String(mainNode),
    ...(isChild && mainNodeAddress !== undefined
      ? { AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: mainNodeAddress }
      : {}),
  };
}

// What DescribeJobs and ListJobs say of multi-node jobs and of their nodes (contract §3.11). Source: AWS Batch API Reference,
// NodeProperties, NodeDetails and NodePropertiesSummary.
import type { Job } from './job.ts';
import { isMultiNode } from './node.ts';
import { ecsPropertiesDetail } from './task-detail.ts';

/** Members of JobDetail. The ranges are shown as they run, with the overrides of the submission. */
export function nodeDetailMembers(job: Job): object {
  if (job.node) {
    const { index, mainNode } = job.node;
    return { nodeDetails: { nodeIndex: index, isMainNode: index === mainNode } };
  }
  if (!isMultiNode(job)) return {};
  const { numNodes, mainNode, groups } = job.spec.nodes;
  const nodeRangeProperties = groups.map((group) => ({
    targetNodes: group.targetNodes,
    ...(group.containers
      ? { ecsProperties: ecsPropertiesDetail(group.containers, group.task, undefined) }
      : { container: group.container }),
    ...(group.instanceTypes && { instanceTypes: group.instanceTypes }),
    ...(group.consumableResourceProperties && {
      consumableResourceProperties: group.consumableResourceProperties,
    }),
  }));
  return { nodeProperties: { numNodes, mainNode, nodeRangeProperties } };
}

/** Members of JobSummary. */
export function nodeSummaryMembers(job: Job): object {
  if (job.node) {
    const { index, numNodes, mainNode } = job.node;
    return { nodeProperties: { isMainNode: index === mainNode, numNodes, nodeIndex: index } };
  }
  return isMultiNode(job) ? { nodeProperties: { numNodes: job.spec.nodes.numNodes } } : {};
}

/** Members of a running node's `container`: where the others reach it. */
export function nodeNetworkMembers(job: Job): object {
  const privateIpv4Address = job.node?.address;
  return privateIpv4Address === undefined ? {} : { networkInterfaces: [{ privateIpv4Address }] };
}

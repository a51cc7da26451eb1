// DescribeComputeEnvironments: those asked for, in that order and without the unknown ones; or all, page by page, by name.
import type { ComputeEnvironmentArn } from '../../core/ids.ts';
import type { ComputeEnvironment } from '../../core/placement/compute-environment.ts';
import { environmentKind } from '../../core/placement/compute-environment.ts';
import type { Table } from '../../engine/table-ports.ts';
import { getEnvironments, listEnvironments } from '../../engine/store/compute-environments.ts';
import type { Operation, OutputOf } from '../operation.ts';
import { readPage } from '../paging.ts';
import { readReferences } from './resource-references.ts';

type Detail = NonNullable<OutputOf<'DescribeComputeEnvironments'>['computeEnvironments']>[number];

export const describeComputeEnvironments: Operation<
  'DescribeComputeEnvironments',
  { readonly table: Table }
> = {
  name: 'DescribeComputeEnvironments',
  async handle({ deps, scope }, input) {
    const { computeEnvironments: asked = [] } = input;
    if (asked.length > 0) {
      const arns = readReferences(scope, 'compute-environment', 'computeEnvironments', asked);
      // The ARNs' types were just checked.
      const found = await getEnvironments(deps.table, arns as readonly ComputeEnvironmentArn[]);
      return {
        computeEnvironments: found.flatMap((stored) => (stored ? [detail(stored.record.environment)] : [])),
      };
    }
    const page = readPage('DescribeComputeEnvironments', scope, { ...input });
    const { records, next } = await listEnvironments(deps.table, scope, page);
    return {
      computeEnvironments: records.map(({ environment }) => detail(environment)),
      ...page.tokenFor(next),
    };
  },
};

function detail(environment: ComputeEnvironment): Detail {
  const { ceArn, name, statusReason, ecsClusterArn, ...members } = environment;
  const onEks = environmentKind(environment) === 'EKS';
  return {
    computeEnvironmentName: name,
    computeEnvironmentArn: ceArn,
    ...members,
    ...(statusReason === '' ? {} : { statusReason }),
    ...(onEks ? {} : { ecsClusterArn }),
    containerOrchestrationType: onEks ? 'EKS' : 'ECS',
    // What was registered had passed the shape of the request, which for these members is the shape of the answer.
  } as Detail;
}

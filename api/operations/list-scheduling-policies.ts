// ListSchedulingPolicies: ARNs only, page by page, by name.
import type { Table } from '../../engine/table-ports.ts';
import { listPolicies } from '../../engine/store/scheduling-policies.ts';
import type { Operation } from '../operation.ts';
import { readPage } from '../paging.ts';

export const listSchedulingPolicies: Operation<'ListSchedulingPolicies', { readonly table: Table }> = {
  name: 'ListSchedulingPolicies',
  async handle({ deps, scope }, input) {
    const page = readPage('ListSchedulingPolicies', scope, { ...input });
    const { records, next } = await listPolicies(deps.table, scope, page);
    return { schedulingPolicies: records.map(({ policy }) => ({ arn: policy.arn })), ...page.tokenFor(next) };
  },
};

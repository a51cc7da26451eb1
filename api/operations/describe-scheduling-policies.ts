// DescribeSchedulingPolicies: those asked for, in that order and without the unknown ones.
import type { Table } from '../../engine/table-ports.ts';
import { getPolicies } from '../../engine/store/scheduling-policies.ts';
import type { Operation } from '../operation.ts';
import { readArn, readReferences } from './resource-references.ts';

export const describeSchedulingPolicies: Operation<'DescribeSchedulingPolicies', { readonly table: Table }> =
  {
    name: 'DescribeSchedulingPolicies',
    async handle({ deps, scope }, input) {
      // Unlike other Describe calls this one takes no names.
      for (const [index, arn] of input.arns.entries())
        readArn(scope, 'scheduling-policy', `arns[${index}]`, arn);
      const found = await getPolicies(
        deps.table,
        readReferences(scope, 'scheduling-policy', 'arns', input.arns),
      );
      return { schedulingPolicies: found.flatMap((stored) => (stored ? [stored.record.policy] : [])) };
    },
  };

// Scheduling policies: created, replaced and deleted in one commit each, since nothing stands behind them.
import type { Problems } from '../core/definition/problem.ts';
import type { Scope } from '../core/ids.ts';
import {
  createPolicyProblems,
  newPolicy,
  policyBodyProblems,
  updatedPolicy,
} from '../core/queue/scheduling-policy.ts';
import type { CreatePolicyInput, PolicyInput, SchedulingPolicy } from '../core/queue/scheduling-policy.ts';
import { existsProblems, missingProblems, referenceProblems } from '../core/resource.ts';
import { STALE, untilCommitted } from './contention.ts';
import type { Table } from './table-ports.ts';
import { getPolicy, putPolicy, removePolicy } from './store/scheduling-policies.ts';

export interface PolicyDeps {
  readonly table: Table;
}

export type PolicyAnswer = { readonly problems: Problems } | { readonly policy: SchedulingPolicy };

export async function createPolicy(
  { table }: PolicyDeps,
  scope: Scope,
  input: CreatePolicyInput,
): Promise<PolicyAnswer> {
  const problems = createPolicyProblems(input);
  if (problems.length > 0) return { problems };
  const policy = newPolicy(scope, input);
  const written = await table.write([putPolicy({ policy, usedBy: [] }, 0)]);
  return written.ok ? { policy } : { problems: existsProblems() };
}

export async function updatePolicy(
  { table }: PolicyDeps,
  arn: string,
  input: PolicyInput,
): Promise<PolicyAnswer> {
  const problems = policyBodyProblems(input);
  if (problems.length > 0) return { problems };
  return untilCommitted<PolicyAnswer>(arn, async () => {
    const stored = await getPolicy(table, arn);
    if (stored === undefined) return { problems: missingProblems('arn', arn) };
    const policy = updatedPolicy(stored.record.policy, input);
    const written = await table.write([putPolicy({ ...stored.record, policy }, stored.version)]);
    return written.ok ? { policy } : STALE;
  });
}

/** Deleting what does not exist is no mistake. */
export async function deletePolicy({ table }: PolicyDeps, arn: string): Promise<Problems> {
  return untilCommitted<Problems>(arn, async () => {
    const stored = await getPolicy(table, arn);
    if (stored === undefined) return [];
    const problems = referenceProblems(stored.record.usedBy);
    if (problems.length > 0) return problems;
    const written = await table.write([removePolicy(stored)]);
    return written.ok ? [] : STALE;
  });
}

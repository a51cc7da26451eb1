// What a Region has from its first use on: a compute environment `local`, a queue `default` and a job definition `shell`, so
// that the first job needs no set-up. Made once; what its owner deletes or changes afterwards stays so.
import type { Settings } from '../adapters/sqlite/settings.ts';
import { registeredForm } from '../core/definition/definition.ts';
import type { ComputeEnvironmentArn, Scope } from '../core/ids.ts';
import { arnOf } from '../core/ids.ts';
import type { EnvironmentDeps } from '../engine/environments.ts';
import { createEnvironment, updateEnvironment } from '../engine/environments.ts';
import type { QueueDeps } from '../engine/queues.ts';
import { createQueue } from '../engine/queues.ts';
import { getEnvironment } from '../engine/store/compute-environments.ts';
import { getLatestActiveDefinition, registerDefinition } from '../engine/store/definitions.ts';
import type { Problems } from '../core/definition/problem.ts';

export interface DefaultsDeps {
  readonly resources: EnvironmentDeps & QueueDeps;
  readonly settings: Settings;
  readonly vcpus: number;
  readonly nowMs: () => number;
}

export const DEFAULT_ENVIRONMENT = 'local';
export const DEFAULT_QUEUE = 'default';
export const DEFAULT_DEFINITION = 'shell';

/** Makes the defaults of a Region unless it had them before. Concurrent calls for one Region share one making. */
export function createDefaultsMaker(deps: DefaultsDeps): (scope: Scope) => Promise<void> {
  const made = new Map<string, Promise<void>>();
  return (scope) => {
    const known = made.get(scope.region);
    if (known) return known;
    const making = makeDefaults(deps, scope);
    made.set(scope.region, making);
    // A failure (a full disk) is not remembered: the next call tries again.
    making.catch(() => made.delete(scope.region));
    return making;
  };
}

async function makeDefaults(deps: DefaultsDeps, scope: Scope): Promise<void> {
  const key = `defaults/${scope.region}`;
  const arn = arnOf(scope, 'compute-environment', DEFAULT_ENVIRONMENT) as ComputeEnvironmentArn; // just made of this type
  if ((await deps.settings.get(key)) !== undefined) {
    await followMachine(deps, arn);
    return;
  }
  if (!(await getEnvironment(deps.resources.table, arn))) {
    demand(await createEnvironment(deps.resources, scope, environmentInput(deps.vcpus)));
  }
  demand(
    await createQueue(deps.resources, scope, {
      jobQueueName: DEFAULT_QUEUE,
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: arn }],
    }),
  );
  await registerShell(deps, scope);
  await deps.settings.set(key, new Date(deps.nowMs()).toISOString());
}

/** The machine may be larger or smaller than at the last start; the environment that stands for it follows. */
async function followMachine(deps: DefaultsDeps, arn: ComputeEnvironmentArn): Promise<void> {
  const found = await getEnvironment(deps.resources.table, arn);
  const environment = found?.record.environment;
  if (environment?.type !== 'MANAGED' || environment.computeResources.maxvCpus === deps.vcpus) return;
  demand(await updateEnvironment(deps.resources, arn, { computeResources: { maxvCpus: deps.vcpus } }));
}

function environmentInput(vcpus: number): Parameters<typeof createEnvironment>[2] {
  return {
    computeEnvironmentName: DEFAULT_ENVIRONMENT,
    type: 'MANAGED',
    computeResources: {
      type: 'EC2',
      minvCpus: 0,
      maxvCpus: vcpus,
      instanceTypes: ['optimal'],
      subnets: ['subnet-local'],
      securityGroupIds: ['sg-local'],
      instanceRole: 'ecsInstanceRole',
    },
  };
}

async function registerShell(deps: DefaultsDeps, scope: Scope): Promise<void> {
  const { table } = deps.resources;
  if (await getLatestActiveDefinition(table, scope, DEFAULT_DEFINITION)) return;
  await registerDefinition(table, scope, {
    name: DEFAULT_DEFINITION,
    type: 'container',
    registered: registeredForm({
      jobDefinitionName: DEFAULT_DEFINITION,
      type: 'container',
      containerProperties: {
        image: 'busybox',
        command: ['sh', '-c', 'echo hello from Slipway'],
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '512' },
        ],
      },
    }),
    tags: {},
    createdAtMs: deps.nowMs(),
  });
}

function demand(answer: { readonly problems: Problems } | object): void {
  if (!('problems' in answer)) return;
  // Somebody made it between the look and the call: then it is there, which is all that is wanted.
  if (answer.problems.some((problem) => problem.message === 'Object already exists')) return;
  throw new Error(
    `the defaults cannot be made: ${answer.problems.map((problem) => problem.message).join('; ')}`,
  );
}

// What of a job's only container is not as its definition says: the job's row holds the two already merged.
import type { Scope } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { NameValue } from '../../core/job/spec.ts';
import type { Table } from '../../engine/table-ports.ts';
import { findDefinition } from '../../engine/store/definitions.ts';
import type { Overridden } from './wire.ts';

interface Registered {
  readonly command?: readonly string[];
  readonly environment?: readonly NameValue[];
  readonly resourceRequirements?: readonly { readonly type?: string; readonly value?: string }[];
  readonly vcpus?: number;
  readonly memory?: number;
}

/** The container that the definition of a job has; `undefined` for other kinds and for definitions that are gone. */
export async function registeredContainer(
  table: Table,
  scope: Scope,
  job: Job,
): Promise<Registered | undefined> {
  if (job.spec.containers !== undefined || job.spec.nodes !== undefined) return undefined;
  const definition = await findDefinition(table, scope, job.spec.definitionArn);
  if (!('found' in definition)) return undefined;
  const { containerProperties } = definition.found.registered as {
    readonly containerProperties?: Registered;
  }; // Batch's own words
  return containerProperties;
}

export async function readOverridden(table: Table, scope: Scope, job: Job): Promise<Overridden | undefined> {
  const registered = await registeredContainer(table, scope, job);
  if (!registered) return undefined;
  const { command = [], environment = [], resourceRequirements = [] } = job.spec.container;
  const needs = needsOf(registered);
  const variables = new Map((registered.environment ?? []).map(({ name, value }) => [name, value]));
  return {
    command: !isSameText(command, registered.command ?? []),
    needs: resourceRequirements
      .filter(({ type, value }) => needs.get(type) !== value)
      .map(({ type }) => type),
    environment: environment.flatMap(({ name, value }) =>
      name !== undefined && variables.get(name) !== value ? [name] : [],
    ),
  };
}

function needsOf({ vcpus, memory, resourceRequirements = [] }: Registered): ReadonlyMap<string, string> {
  const needs = new Map<string, string>();
  if (vcpus !== undefined) needs.set('VCPU', String(vcpus));
  if (memory !== undefined) needs.set('MEMORY', String(memory));
  for (const { type, value } of resourceRequirements) {
    if (type !== undefined && value !== undefined) needs.set(type, value);
  }
  return needs;
}

function isSameText(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((word, place) => word === right[place]);
}

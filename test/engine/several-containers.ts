// Definitions of several containers for tests of whole engines.
import { registeredForm } from '../../core/definition/definition.ts';
import type { EcsTaskProperties, TaskContainer } from '../../core/definition/wire.ts';
import { registerDefinition } from '../../engine/store/definitions.ts';
import type { ALocalEngine } from './a-local-engine.ts';
import { SCOPE } from './a-local-engine.ts';

export const SMALL = [
  { type: 'VCPU', value: '1' },
  { type: 'MEMORY', value: '64' },
] as const;

export function aContainer(name: string, given: Partial<TaskContainer> = {}): TaskContainer {
  return { name, image: 'busybox', command: [name], resourceRequirements: SMALL, ...given };
}

/** One that runs a shell script. */
export function aScript(name: string, script: string, given: Partial<TaskContainer> = {}): TaskContainer {
  return aContainer(name, { command: ['sh', '-c', script], ...given });
}

export function after(containerName: string, condition: 'START' | 'COMPLETE' | 'SUCCESS') {
  return [{ containerName, condition }];
}

export async function registerTask(
  { engine }: ALocalEngine,
  name: string,
  containers: readonly TaskContainer[],
  task: EcsTaskProperties = {},
): Promise<void> {
  const ecsProperties = { taskProperties: [{ ...task, containers }] };
  const registered = registeredForm({ jobDefinitionName: name, type: 'container', ecsProperties });
  const definition = { name, type: 'container', registered, tags: {}, createdAtMs: 1 };
  await registerDefinition(engine.store.table, SCOPE, definition);
}

// The function launch-nodes: see lambdas/registry.ts.
import { composeMachineFunction } from '../compose-machine.ts';

export const handler = composeMachineFunction('launch-nodes');

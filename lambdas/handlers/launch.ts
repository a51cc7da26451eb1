// The function launch: see lambdas/registry.ts.
import { composeMachineFunction } from '../compose-machine.ts';

export const handler = composeMachineFunction('launch');

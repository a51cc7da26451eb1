// The function await: see lambdas/registry.ts.
import { composeMachineFunction } from '../compose-machine.ts';

export const handler = composeMachineFunction('await');

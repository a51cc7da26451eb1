// The function instances: see lambdas/registry.ts.
import { composeInstances } from '../compose-instances.ts';

export const handler = composeInstances();

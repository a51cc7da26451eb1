// The function resource: see lambdas/registry.ts.
import { composeResource } from '../compose-resource.ts';

export const handler = composeResource();

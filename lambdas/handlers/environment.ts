// The function environment: see lambdas/registry.ts.
import { composeEnvironment } from '../compose-environment.ts';

export const handler = composeEnvironment();

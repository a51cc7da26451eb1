// The function observe: see lambdas/registry.ts.
import { composeObserve } from '../compose-observe.ts';

export const handler = composeObserve();

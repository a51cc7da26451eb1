// The function reconcile: see lambdas/registry.ts.
import { composeReconcile } from '../compose-reconcile.ts';

export const handler = composeReconcile();

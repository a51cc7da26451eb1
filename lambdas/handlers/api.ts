// The function api: see lambdas/registry.ts.
import { composeApi } from '../compose-api.ts';

export const handler = composeApi();

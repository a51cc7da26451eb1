// The function react: see lambdas/registry.ts.
import { composeReact } from '../compose-react.ts';

export const handler = composeReact();

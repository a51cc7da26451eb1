// Calls the service's own operations from inside, through the router, so that a call is validated and answered as it would be
// over the wire. The caller is the service itself.
import type { ApiRequest } from '../api/request.ts';
import type { Router } from '../api/router.ts';

export type Answer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  /** Refused for a reason that the caller can mend, or failed on our side. */
  | { readonly ok: false; readonly refused: boolean; readonly message: string };

export interface CallLine {
  /** Default: POST. */
  readonly method?: string;
  /** Default: none. */
  readonly query?: string;
}

export type CallOperation = (path: string, input: object, line?: CallLine) => Promise<Answer>;

export function createCallOperation(router: Router): CallOperation {
  return async (path, input, { method = 'POST', query = '' } = {}) => {
    const request: ApiRequest = {
      method,
      rawPath: path,
      rawQuery: query,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(input)),
    };
    const { status, body } = await router(request);
    // The router answers every request with a JSON object.
    const answer = JSON.parse(body) as Record<string, unknown>;
    if (status < 300) return { ok: true, body: answer };
    const { message } = answer;
    return {
      ok: false,
      refused: status < 500,
      message: typeof message === 'string' ? message : `status ${status}`,
    };
  };
}

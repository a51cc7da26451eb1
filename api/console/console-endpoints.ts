// Signed endpoints under /_slipway/console/jobs, for a console that is served elsewhere: what its pages of jobs show, in the types of
// wire.ts. They are authorised and recorded like any call, by operations that core/access/actions.ts maps to those of Batch.
import type { SideEndpoint } from '../endpoints.ts';
import type { ApiRequest } from '../request.ts';
import { decodePercent, readJsonBody } from '../request.ts';
import type { ConsoleAnswerDeps, ConsoleInput, ConsoleQuestion } from './answer-console.ts';

export function createConsoleEndpoints(deps: ConsoleAnswerDeps): readonly SideEndpoint[] {
  const at = (
    [method, rest]: readonly [method: string, rest: string],
    operation: string,
    question: ConsoleQuestion,
    readMore: (request: ApiRequest) => ConsoleInput = () => ({}),
  ): SideEndpoint => {
    const path = new RegExp(`^/_slipway/console/jobs${rest}$`);
    return {
      method,
      path,
      service: 'batch',
      operation,
      readOnly: true,
      readInput(request): ConsoleInput {
        const jobId = path.exec(request.rawPath)?.[1];
        return { ...(jobId === undefined ? {} : { jobId: decodePercent(jobId) }), ...readMore(request) };
      },
      handle: async ({ scope }, input) =>
        // Only who asks loads what makes the answer.
        (await import('./answer-console.ts')).answerConsole(deps, question, scope, input),
    };
  };
  return [
    at(['GET', ''], 'SearchJobs', 'jobs', ({ rawQuery }) => ({
      query: Object.fromEntries(new URLSearchParams(rawQuery)),
    })),
    at(['GET', '/([^/]+)'], 'InspectJob', 'job'),
    at(['GET', '/([^/]+)/cells'], 'MapChildren', 'cells'),
    at(['GET', '/([^/]+)/workflow'], 'GraphJobs', 'workflow'),
    at(['GET', '/([^/]+)/rerun'], 'PrepareRerun', 'rerun form'),
    // It changes nothing: what it answers is submitted by another call, with SubmitJob's own authorisation and record.
    at(['POST', '/([^/]+)/rerun'], 'PrepareRerun', 'rerun input', (request) => ({
      rerun: readJsonBody(request),
    })),
  ];
}

// What the server's answer means to a page when it is none: that the server is away, that it does not know the caller any more, or
// that it refuses, with its own sentence.
import { ApiError } from '../../api/errors.ts';
import { AwayError, NotLetInError } from './away-error.ts';

/** An answer that is not 2xx. */
export interface Refusal {
  readonly status: number;
  /** The AWS error code; empty where there is none, as in what API Gateway says by itself. */
  readonly code: string;
  readonly message: string;
}

export function readRefusal(status: number, typeHeader: string | undefined, body: string): Refusal {
  const answer = parseObject(body);
  const type = [typeHeader, answer['__type']].find((candidate) => typeof candidate === 'string') ?? '';
  const code = type.replace(/^.*#/, '').replace(/:.*$/, '');
  const said = answer['message'] ?? answer['Message'];
  return { status, code, message: typeof said === 'string' ? said : '' };
}

function parseObject(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) return { ...parsed };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // not JSON: somebody's page, told by its status alone
  }
  return {};
}

const UNKNOWN_CALLER: ReadonlySet<string> = new Set([
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'InvalidClientTokenId',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'ExpiredTokenException',
  'ExpiredToken',
]);

/** API Gateway's own, which never reached the service: it has a message and no code of Slipway's. */
const OF_GATEWAY = /^Forbidden$|Missing Authentication Token|not authorized to perform: execute-api/;

/** Whether other keys may help: those at hand are asked for again. */
export function isUnknownCaller({ status, code, message }: Refusal): boolean {
  return (
    UNKNOWN_CALLER.has(code) ||
    /security token included in the request is (?:invalid|expired)/i.test(message) ||
    (status === 403 && OF_GATEWAY.test(message))
  );
}

/** Asking again soon may help. */
export function isTransient({ status, code }: Refusal): boolean {
  return (
    status === 429 || status === 502 || status === 503 || status === 504 || code === 'ThrottlingException'
  );
}

const AGAIN =
  'Sign in again (aws sso login); where the keys stand in variables of the terminal that slipway console runs in, end it with ' +
  'Ctrl-C and start it with others.';

export function errorOf(endpoint: string, refusal: Refusal): ApiError {
  const { status, code, message } = refusal;
  if (isUnknownCaller(refusal)) {
    const said = `${endpoint} does not take the AWS credentials of slipway console: ${firstLine(message)}`;
    if (!OF_GATEWAY.test(message)) return new AwayError(`${said} ${AGAIN}`);
    return new NotLetInError(
      `${said} They may have expired, or their identity may lack execute-api:Invoke on it. ${AGAIN}`,
    );
  }
  if (status >= 400 && status < 500 && status !== 429) {
    // 401 would sign the page out, which is not what the server said of the page.
    return new ApiError(
      code || 'ClientException',
      status === 401 ? 403 : status,
      message || told(endpoint, status),
    );
  }
  if (isTransient(refusal))
    return new ApiError('ServerBusy', 429, `${told(endpoint, status)} ${message}`.trim());
  return new ApiError('ServerException', 502, `${told(endpoint, status)} ${message}`.trim());
}

export function unreachable(endpoint: string, cause: unknown): AwayError {
  return new AwayError(`${endpoint} does not answer: ${reasonOf(cause)}`, { cause });
}

export function noCredentials(cause: unknown): AwayError {
  return new AwayError(`There are no AWS credentials to sign calls with: ${reasonOf(cause)} ${AGAIN}`, {
    cause,
  });
}

function told(endpoint: string, status: number): string {
  return `${endpoint} answered with ${status}.`;
}

/** Several addresses that were tried fail together, in an error without a message. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.message === '') {
    return cause.errors.map(reasonOf).join(' ');
  }
  return sentence(cause instanceof Error ? cause.message : String(cause));
}

/** What follows is what was signed, tokens among it. */
function firstLine(message: string): string {
  return sentence((message.split('\n')[0] ?? '').slice(0, 300));
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}

// How CloudWatch is asked: patiently, because it serves an account only a few reads a second, and with failures told in sentences
// for the person who asked.
import { backOff } from '../aws/back-off.ts';
import type { RetryPolicy } from '../aws/back-off.ts';

/** `refused`: the identity may not, or its credentials have ended. */
export type ReadingProblem = 'refused' | 'missing' | 'throttled' | 'unreachable';

/** What was asked for cannot be read; the message is for whoever wants to read it, and names what has to be allowed. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
  readonly problem: ReadingProblem;
  /** The credentials have ended, or are none. */
  readonly isExpired: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { readonly problem: ReadingProblem; readonly isExpired?: boolean },
  ) {
    super(message, options);
    this.problem = options.problem;
    this.isExpired = options.isExpired ?? false;
  }
}

/** What is asked, for the sentences about it. */
export interface Asked {
  /** As IAM names it. */
  readonly action: string;
  /** `the log group /aws/events/slipway`. */
  readonly subject: string;
}

/** About ten seconds in all. */
const READ_RETRY: RetryPolicy = { maxAttempts: 7, firstWaitMs: 250, maxWaitMs: 3_000 };

/** Throws an UnreadableError where the answer is that nobody here may or can read it, and everything else as it came. */
export async function askPatiently<T>(
  asked: Asked,
  send: () => Promise<T>,
  retry: RetryPolicy = READ_RETRY,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await send();
    } catch (error) {
      if (!isWorthAgain(error) || attempt >= retry.maxAttempts) throw explained(asked, error);
    }
    await backOff(retry, attempt);
  }
}

const THROTTLED = /^(?:Throttling|TooManyRequests|LimitExceeded)/;
const REFUSED = /^(?:AccessDenied|UnauthorizedOperation|NotAuthorized|OptInRequired)/;
const CREDENTIALS =
  /^(?:ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch|MissingAuthenticationToken|CredentialsProvider|TokenProvider)/;
const BUSY = /^(?:ServiceUnavailable|InternalFailure|InternalServiceError|TimeoutError)/;

function isWorthAgain(error: unknown): boolean {
  return error instanceof Error && (THROTTLED.test(error.name) || BUSY.test(error.name));
}

function explained({ action, subject }: Asked, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message } = error;
  const unreadable = (problem: ReadingProblem, text: string, isExpired = false): UnreadableError =>
    new UnreadableError(text, { problem, isExpired, cause: error });
  if (REFUSED.test(name)) {
    return unreadable(
      'refused',
      `This identity may not read ${subject}; it needs ${action}. AWS says: ${message}`,
    );
  }
  if (CREDENTIALS.test(name)) {
    return unreadable('refused', `AWS does not take the credentials, or there are none: ${message}`, true);
  }
  if (name === 'ResourceNotFoundException')
    return unreadable('missing', `There is no such thing as ${subject}.`);
  if (isWorthAgain(error)) {
    return unreadable('throttled', `CloudWatch is too busy to tell of ${subject}: ${message}`);
  }
  return isOfNetwork(error) ? unreadable('unreachable', `CloudWatch cannot be reached: ${message}`) : error;
}

/** Node's errors of connections have a code, such as ECONNREFUSED; the SDK may have wrapped them. */
function isOfNetwork(error: Error): boolean {
  const { code } = error as { readonly code?: unknown }; // an optional member of Node's errors
  if (typeof code === 'string' && /^E[A-Z]/.test(code)) return true;
  if (error instanceof AggregateError)
    return error.errors.some((part) => part instanceof Error && isOfNetwork(part));
  return error.cause instanceof Error && isOfNetwork(error.cause);
}

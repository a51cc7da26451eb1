// The caller's mistakes and our own failures as AWS clients know them, and the one place that puts them on the wire.
// Nothing reaches a client but a type, a status and a sentence: no stack, no path, no adapter's words.
import { AccessUndecidedError } from '../engine/access-ports.ts';
import { StoreFullError, StoreUnavailableError } from '../engine/table-ports.ts';
import type { ApiResponse } from './response.ts';

/** One line of the operator's log. Fields must be JSON. */
export type Log = (event: string, fields: Readonly<Record<string, unknown>>) => void;

/** `rest-json`: AWS Batch. `json-1.1`: CloudWatch Logs and ECS. They differ in where a client looks for the error's type. */
export type Protocol = 'rest-json' | 'json-1.1';

/** An answer other than 200. `type` is the code that clients compare; `message` is a sentence for a person. */
export class ApiError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = type;
    this.type = type;
    this.status = status;
  }
}

/** AWS Batch's answer to every mistake of a caller. */
export class ClientException extends ApiError {
  constructor(message: string, status = 400) {
    super('ClientException', status, message);
  }
}

/** Our failure, or our storage's. Clients retry it. */
export class ServerException extends ApiError {
  constructor(message: string, options?: ErrorOptions) {
    super('ServerException', 500, message, options);
  }
}

/** `action` with its service prefix (`batch:SubmitJob`), as IAM writes it. `because` ends the sentence. */
export class AccessDeniedException extends ApiError {
  constructor(identityArn: string, action: string, resource: string, because?: string) {
    const refused = `User: ${identityArn} is not authorized to perform: ${action} on resource: ${resource}`;
    const message = because === undefined ? refused : `${refused} ${because}`;
    super('AccessDeniedException', 403, message);
  }
}

/** A body or path that cannot be read at all. */
export class SerializationException extends ApiError {
  constructor(message: string, status = 400, options?: ErrorOptions) {
    super('SerializationException', status, message, options);
  }
}

export class UnknownOperationException extends ApiError {
  constructor(message: string, status: number) {
    super('UnknownOperationException', status, message);
  }
}

/** CloudWatch Logs' and ECS's word for a member that breaks a rule. */
export class InvalidParameterException extends ApiError {
  constructor(message: string) {
    super('InvalidParameterException', 400, message);
  }
}

/** CloudWatch Logs' word for a group or stream that does not exist. */
export class ResourceNotFoundException extends ApiError {
  constructor(message: string) {
    super('ResourceNotFoundException', 400, message);
  }
}

// Refusals of a caller who is not who they say they are. Types and texts are AWS's own, for clients tell them apart.

export function missingAuthenticationToken(message = 'Missing Authentication Token'): ApiError {
  return new ApiError('MissingAuthenticationTokenException', 403, message);
}

export function unrecognizedClient(): ApiError {
  const message = 'The security token included in the request is invalid.';
  return new ApiError('UnrecognizedClientException', 403, message);
}

const WRONG_SIGNATURE =
  'The request signature we calculated does not match the signature you provided. ' +
  'Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

export function invalidSignature(message = WRONG_SIGNATURE): ApiError {
  return new ApiError('InvalidSignatureException', 403, message);
}

export function expiredToken(): ApiError {
  return new ApiError('ExpiredTokenException', 403, 'The security token included in the request is expired');
}

export function incompleteSignature(message: string): ApiError {
  return new ApiError('IncompleteSignatureException', 403, message);
}

/** Any thrown value as an answer. What is not the caller's doing is logged with its cause, and only there. */
export function toApiError(error: unknown, requestId: string, log: Log): ApiError {
  if (error instanceof ApiError && error.status < 500) return error;
  log('call.failed', { requestId, error: describeError(error) });
  if (error instanceof ApiError) return error;
  const options = { cause: error };
  if (error instanceof AccessUndecidedError) {
    const { message, isFinal } = error;
    if (isFinal) return new ApiError('AccessDeniedException', 403, message, options);
    return new ServerException(message, options);
  }
  if (error instanceof StoreFullError) {
    return new ServerException('The storage that Slipway keeps its jobs in is full.', options);
  }
  if (error instanceof StoreUnavailableError) {
    return new ServerException(
      'The storage that Slipway keeps its jobs in cannot be reached. Try again.',
      options,
    );
  }
  return new ServerException(`Internal error, request id ${requestId}`, options);
}

export function renderError(error: ApiError, protocol: Protocol, requestId: string): ApiResponse {
  const { type, message, status } = error;
  const body = protocol === 'json-1.1' ? { __type: type, message } : { message };
  return {
    status,
    headers: { ...responseHeaders(protocol, requestId), 'x-amzn-ErrorType': type },
    body: JSON.stringify(body),
  };
}

export function responseHeaders(protocol: Protocol, requestId: string): Record<string, string> {
  const contentType = protocol === 'json-1.1' ? 'application/x-amz-json-1.1' : 'application/json';
  return { 'content-type': contentType, 'x-amzn-RequestId': requestId };
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${describeError(error.cause)}`;
}

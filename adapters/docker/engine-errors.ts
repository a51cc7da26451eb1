// The three ways a call to the Docker Engine can fail.

/** The Engine refused: `message` is its own text, `status` the HTTP status. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** No Engine answered, or it went away in the middle of an answer. */
export class EngineUnreachableError extends Error {
  override readonly name = 'EngineUnreachableError';
}

/** The Engine took longer than the call may take; whether it did the work is unknown. */
export class EngineTimeoutError extends Error {
  override readonly name = 'EngineTimeoutError';
}

export function isStatus(error: unknown, status: number): boolean {
  return error instanceof EngineError && error.status === status;
}

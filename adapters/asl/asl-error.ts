// Errors of the States Language: what a running state fails with (`AslError`), what is wrong with a definition
// (`DefinitionError`), and which error names an ErrorEquals entry matches.

/** The Error Output of a state. A Fail state may leave both out. */
export interface Failure {
  readonly error?: string;
  readonly cause?: string;
}

/** A failure with a name; resource handlers throw it to say which error a Retry or Catch shall see. */
export class AslError extends Error {
  override readonly name = 'AslError';
  readonly failure: Failure;

  constructor(error: string, cause: string) {
    super(`${error}: ${cause}`);
    this.failure = { error, cause };
  }
}

/** A machine that cannot be run; the message names the machine, the state and the field. */
export class DefinitionError extends Error {
  override readonly name = 'DefinitionError';
}

/**
 * What a thrown value means as a task's failure: an `AslError` speaks for itself, any other error is reported as Lambda
 * reports it, so that a machine sees the same names in the cloud and here.
 */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof AslError) return thrown.failure;
  if (!(thrown instanceof Error)) return { error: 'Error', cause: String(thrown) };
  const trace = (thrown.stack ?? '').split('\n').slice(0, 10);
  const cause = JSON.stringify({ errorType: thrown.name, errorMessage: thrown.message, trace });
  return { error: thrown.name, cause };
}

/** Broken beyond repair: Step Functions neither retries nor catches it, not even by its name. */
const UNMATCHED = 'States.Runtime';
/** Only matched by its own name: to retry or catch it blindly would only hide a broken machine. */
const BY_NAME_ONLY = 'States.DataLimitExceeded';
const TIMEOUTS: ReadonlySet<string | undefined> = new Set(['States.Timeout', 'States.HeartbeatTimeout']);

/**
 * Whether an ErrorEquals entry names this error. `States.ALL` and `States.TaskFailed` are wildcards, the latter not for
 * timeouts; a missed heartbeat is also a `States.Timeout`. `fromBranch`: the error came out of a Parallel branch.
 */
export function errorMatches(pattern: string, error: string | undefined, fromBranch = false): boolean {
  if (error === UNMATCHED) return false;
  if (pattern === error) return true;
  if (error === BY_NAME_ONLY) return false;
  switch (pattern) {
    case 'States.ALL':
      return true;
    case 'States.TaskFailed':
      return !TIMEOUTS.has(error);
    case 'States.Timeout':
      return TIMEOUTS.has(error);
    case 'States.BranchFailed':
      return fromBranch;
    default:
      return false;
  }
}

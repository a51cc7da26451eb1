// What is behind the console cannot be asked now: nobody answers there, or who asks is not known any more. It is nothing of the
// page's doing and passes: the page says it, keeps what it shows, and goes on by itself when it is over.
import { ApiError } from '../../api/errors.ts';

/** Failed Dependency: it tells the page apart from a refusal. Below 500, so that no call of a page that waits is logged. */
const AWAY_STATUS = 424;

export class AwayError extends ApiError {
  constructor(message: string, options?: ErrorOptions) {
    super('ServerAway', AWAY_STATUS, message, options);
  }
}

/** API Gateway let the call not pass, and does not say why: the keys may be stale, or be good and not allowed to make this one call. */
export class NotLetInError extends AwayError {}

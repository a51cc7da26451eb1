// What the Step Functions adapter is made of.
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { Clock, MachineName } from '../../engine/ports.ts';
import type { Table } from '../../engine/table-ports.ts';
import type { RetryPolicy } from '../aws/back-off.ts';

/** All that the adapter needs of a client; it stays the caller's. */
export type SfnSender = Pick<SFNClient, 'send'>;

export interface StepFunctionsParts {
  readonly client: SfnSender;
  /** The ARN of each of our machines, of type STANDARD, without a version or alias. */
  readonly machineArns: Readonly<Record<MachineName, string>>;
  /** Task tokens are rows of its table `queues`. */
  readonly table: Pick<Table, 'write' | 'query'>;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  /** The wait before a second look for the token of a state that is just being entered. */
  readonly lookAgainMs: number;
}

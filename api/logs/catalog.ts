// What the CloudWatch Logs side needs to know beyond the lines themselves: which streams there are and whose they are.
// A stream is one attempt's output; its name is the wire's, its task is the key to its lines.
import type { EpochMs, Scope } from '../../core/ids.ts';

/** The group that AWS Batch logs to unless a definition says otherwise. It always exists. */
export const DEFAULT_LOG_GROUP = '/aws/batch/job';

export interface LogStream {
  readonly name: string;
  readonly taskId: string;
  readonly createdAtMs: EpochMs;
  /** Nothing will be added to an ended stream. One that ended and has no lines kept counts as deleted. */
  readonly ended: boolean;
}

export interface LogGroup {
  readonly name: string;
  readonly createdAtMs: EpochMs;
}

export interface LogStreamQuery {
  /** Streams whose name begins so; only with order `name`. */
  readonly prefix?: string;
  readonly order: 'name' | 'created';
  readonly descending: boolean;
  /** 1..50. */
  readonly limit: number;
  /** Where the last page ended: opaque, taken from `LogStreamPage.next`. */
  readonly after?: string;
}

/** May be short or empty and still have `next`. */
export interface LogStreamPage {
  readonly streams: readonly LogStream[];
  readonly next?: string;
}

export interface LogCatalog {
  findStream(scope: Scope, group: string, streamName: string): Promise<LogStream | undefined>;
  listStreams(scope: Scope, group: string, query: LogStreamQuery): Promise<LogStreamPage>;
  /** All groups of a scope; the default one may be left out. */
  listGroups(scope: Scope): Promise<readonly LogGroup[]>;
}

// A stand-in for CloudWatch Logs with one group: FilterLogEvents and GetLogEvents in pages, as the service documents them, over entries
// that become visible some time after they happened. Its clock moves by hand.
import { isDeepStrictEqual } from 'node:util';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';

export interface StoredEntry {
  readonly id: string;
  readonly stream: string;
  readonly atMs: number;
  /** From then on it is seen. */
  readonly ingestedAtMs: number;
  readonly text: string;
}

type Input = Readonly<Record<string, unknown>>;

export interface LogGroupDouble {
  nowMs: number;
  readonly name: string;
  readonly entries: StoredEntry[];
  /** What was asked, in order. */
  readonly asked: { readonly operation: string; readonly input: Input }[];
  /** Thrown by the next calls, one each. */
  readonly failures: Error[];
  readonly client: Pick<CloudWatchLogsClient, 'send'>;
  put(
    entry: Partial<Omit<StoredEntry, 'text'>> & { readonly atMs: number; readonly value: unknown },
  ): StoredEntry;
  /** Throws what AWS would answer. */
  answer(operation: string, input: Input): object;
}

interface LogGroupOptions {
  readonly name?: string;
  /** Of a page. */
  readonly pageEntries?: number;
  /** Patterns of this form are not understood. */
  readonly refusedPattern?: RegExp;
}

export function awsError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

export function aLogGroup({
  name = '/aws/events/slipway',
  pageEntries = 1_000,
  refusedPattern,
}: LogGroupOptions = {}): LogGroupDouble {
  const group: LogGroupDouble = {
    nowMs: Date.parse('2026-11-22T12:00:00Z'),
    name,
    entries: [],
    asked: [],
    failures: [],
    // The readers send two commands, which are told apart by their name.
    client: {
      send: async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) =>
        group.answer(command.constructor.name.replace(/Command$/, ''), command.input),
    } as LogGroupDouble['client'],
    put({ atMs, value, ...given }) {
      const entry = {
        id: given.id ?? String(group.entries.length + 1).padStart(20, '0'),
        stream: given.stream ?? 'events',
        atMs,
        ingestedAtMs: given.ingestedAtMs ?? atMs,
        text: typeof value === 'string' ? value : JSON.stringify(value),
      };
      group.entries.push(entry);
      return entry;
    },
    answer(operation, input) {
      group.asked.push({ operation, input });
      const failure = group.failures.shift();
      if (failure) throw failure;
      if (input['logGroupName'] !== name)
        throw awsError('ResourceNotFoundException', 'The specified log group does not exist.');
      const pattern = input['filterPattern'];
      if (typeof pattern === 'string' && refusedPattern?.test(pattern))
        throw awsError('InvalidParameterException');
      const visible = group.entries.filter(({ ingestedAtMs }) => ingestedAtMs <= group.nowMs);
      const sorted = visible.toSorted((one, other) => one.atMs - other.atMs);
      return operation === 'FilterLogEvents'
        ? filterLogEvents(sorted, input, pageEntries)
        : getLogEvents(sorted, input, pageEntries);
    },
  };
  return group;
}

/** Both ends of the time belong to it; a page counts what was looked at, so that it may be empty. */
function filterLogEvents(sorted: readonly StoredEntry[], input: Input, pageEntries: number): object {
  const { startTime = 0, endTime = Infinity, filterPattern, nextToken } = input;
  const inTime = sorted.filter(({ atMs }) => atMs >= Number(startTime) && atMs <= Number(endTime));
  const start = Number(nextToken ?? 0);
  const page = inTime.slice(start, start + pageEntries);
  return {
    events: page
      .filter(({ text }) => filterPattern === undefined || matches(filterPattern, text))
      .map(({ id, stream, atMs, ingestedAtMs, text }) => ({
        eventId: id,
        logStreamName: stream,
        timestamp: atMs,
        ingestionTime: ingestedAtMs,
        message: text,
      })),
    ...(start + pageEntries < inTime.length ? { nextToken: String(start + pageEntries) } : {}),
  };
}

/** The end of the time does not belong to it; at either end the token asked with comes back. */
function getLogEvents(sorted: readonly StoredEntry[], input: Input, pageEntries: number): object {
  const {
    startTime = 0,
    endTime = Infinity,
    logStreamName,
    nextToken,
    startFromHead = false,
    limit = 10_000,
  } = input;
  const ofStream = sorted.filter(({ stream }) => stream === logStreamName);
  if (ofStream.length === 0)
    throw awsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  const inTime = ofStream.filter(({ atMs }) => atMs >= Number(startTime) && atMs < Number(endTime));
  const count = Math.min(Number(limit), pageEntries);
  const token = /^([fb])(\d+)$/.exec(String(nextToken));
  const place = token ? Number(token[2]) : startFromHead ? 0 : inTime.length;
  const isForward = token ? token[1] === 'f' : startFromHead === true;
  const [from, to] = isForward
    ? [place, Math.min(inTime.length, place + count)]
    : [Math.max(0, place - count), place];
  return {
    events: inTime.slice(from, to).map(({ atMs, text }) => ({ timestamp: atMs, message: text })),
    nextForwardToken: `f${to}`,
    nextBackwardToken: `b${from}`,
  };
}

function matches(pattern: unknown, text: string): boolean {
  if (typeof pattern !== 'string') return false;
  const expression = /^%(.*)%$/.exec(pattern)?.[1];
  if (expression !== undefined) return new RegExp(expression).test(text);
  const terms = /^\{ (.*) \}$/.exec(pattern)?.[1]?.split(' && ');
  if (!terms) return text.includes(String(JSON.parse(pattern)));
  return terms.every((term) => {
    const [, path = '', value = ''] = /^\(\$\.([\w.]+) = (".*")\)$/.exec(term) ?? [];
    return isDeepStrictEqual(memberAt(JSON.parse(text), path), JSON.parse(value));
  });
}

function memberAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? (at as Input)[name] : undefined),
      value,
    );
}

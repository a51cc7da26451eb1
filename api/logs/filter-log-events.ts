// FilterLogEvents: chooses the streams, reads them side by side and says where to go on. A request that names no stream
// goes through the group in portions of its listing, so that its cost and its token do not grow with the group.
import type { EpochMs, Scope } from '../../core/ids.ts';
import { InvalidParameterException } from '../errors.ts';
import { LOG_PAGE_EVENTS, LOG_STREAMS_MERGED } from '../limits.ts';
import type { RequestContext } from '../operation.ts';
import { pageTokens } from '../paging.ts';
import type { LogStream } from './catalog.ts';
import { mergeStreams, type FilteredLine, type Positions } from './filter-events.ts';
import { compileFilterPattern } from './filter-pattern.ts';
import { assertGroup, groupName, requireStream, type GroupInput, type LogsDeps } from './find.ts';

export interface FilterLogEventsInput extends GroupInput {
  readonly logStreamNames?: readonly string[];
  readonly logStreamNamePrefix?: string;
  readonly startTime?: EpochMs;
  readonly endTime?: EpochMs;
  readonly filterPattern?: string;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

export interface FilterLogEventsOutput {
  readonly events: readonly {
    readonly logStreamName: string;
    readonly timestamp: EpochMs;
    readonly message: string;
    readonly ingestionTime: EpochMs;
    readonly eventId: string;
  }[];
  readonly searchedLogStreams: readonly [];
  readonly nextToken?: string;
}

/** Where a call ended: the portion of the listing it was in (`after` as the catalogue said it) and how far in each stream. */
interface Place {
  readonly after?: string;
  readonly positions: Positions;
}

export async function filterLogEvents(
  deps: LogsDeps,
  { scope }: RequestContext,
  input: FilterLogEventsInput,
): Promise<FilterLogEventsOutput> {
  const group = groupName(input);
  assertOffered(input);
  const { nextToken, limit = LOG_PAGE_EVENTS, ...parameters } = input;
  const tokens = pageTokens('FilterLogEvents', scope, parameters);
  const place = nextToken === undefined ? { positions: {} } : readPlace(tokens.open(nextToken));
  const portion = await streamsAt(deps, scope, group, input, place);
  const page = await mergeStreams(deps.logs, portion.streams, place.positions, {
    range: {
      ...(input.startTime !== undefined && { fromMs: input.startTime }),
      // Inclusive here, as opposed to GetLogEvents.
      ...(input.endTime !== undefined && { beforeMs: input.endTime + 1 }),
    },
    matches: compileFilterPattern(input.filterPattern ?? ''),
    limit,
  });
  const next = nextPlace(place, page.positions, portion.next);
  return {
    events: page.lines.map(eventOf),
    searchedLogStreams: [],
    ...(next && { nextToken: tokens.seal(JSON.stringify(next)) }),
  };
}

function assertOffered(input: FilterLogEventsInput): void {
  if (input.logStreamNames !== undefined && input.logStreamNamePrefix !== undefined) {
    throw new InvalidParameterException('logStreamNames and logStreamNamePrefix cannot be given together.');
  }
  if (input.startFromHead === false) {
    throw new InvalidParameterException(
      'FilterLogEvents.startFromHead must be true: Slipway gives events oldest first.',
    );
  }
}

async function streamsAt(
  deps: LogsDeps,
  scope: Scope,
  group: string,
  { logStreamNames, logStreamNamePrefix }: FilterLogEventsInput,
  place: Place,
): Promise<{ readonly streams: readonly LogStream[]; readonly next?: string }> {
  if (logStreamNames) {
    const names = [...new Set(logStreamNames)];
    return { streams: await Promise.all(names.map((name) => requireStream(deps, scope, group, name))) };
  }
  await assertGroup(deps, scope, group);
  return deps.catalog.listStreams(scope, group, {
    ...(logStreamNamePrefix !== undefined && { prefix: logStreamNamePrefix }),
    ...(place.after !== undefined && { after: place.after }),
    order: 'name',
    descending: false,
    limit: LOG_STREAMS_MERGED,
  });
}

/** On in the same portion while it has lines left, else on to the next one. */
function nextPlace(
  place: Place,
  positions: Positions | undefined,
  next: string | undefined,
): Place | undefined {
  if (positions) return { ...place, positions };
  return next === undefined ? undefined : { after: next, positions: {} };
}

function readPlace(text: string | undefined): Place {
  if (text === undefined) throw new InvalidParameterException('The specified nextToken is invalid.');
  const place = parsePlace(text);
  if (!place) throw new InvalidParameterException('The specified nextToken is invalid.');
  return place;
}

/** A token is bound but not signed, so what it says is checked before it is used. */
function parsePlace(text: string): Place | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // Not a place we wrote.
  }
  if (typeof value !== 'object' || value === null || !('positions' in value)) return undefined;
  const { positions } = value;
  const after = 'after' in value ? value.after : undefined;
  if (typeof positions !== 'object' || positions === null) return undefined;
  if (after !== undefined && typeof after !== 'string') return undefined;
  if (!Object.values(positions).every(isPosition)) return undefined;
  // Each value was just found to be a position, and keys are strings.
  return { ...(after !== undefined && { after }), positions: positions as Positions };
}

function isPosition(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 4 &&
    value.every((part) => Number.isSafeInteger(part) && part >= -1)
  );
}

function eventOf({ stream, line, eventId }: FilteredLine): FilterLogEventsOutput['events'][number] {
  const { atMs, text } = line;
  return { logStreamName: stream.name, timestamp: atMs, message: text, ingestionTime: atMs, eventId };
}

// GetLogEvents. Its tokens are positions in the one stream it reads: `f/<byte>` goes on towards the end, `b/<byte>` towards
// the head. A reader at either end gets its own token back, which is how clients know that they are there.
import type { EpochMs } from '../../core/ids.ts';
import { InvalidParameterException } from '../errors.ts';
import { LOG_PAGE_EVENTS } from '../limits.ts';
import type { RequestContext } from '../operation.ts';
import { groupName, requireStream, type GroupInput, type LogsDeps } from './find.ts';
import { readEvents, type Start } from './read-events.ts';

export interface GetLogEventsInput extends GroupInput {
  readonly logStreamName: string;
  readonly startTime?: EpochMs;
  readonly endTime?: EpochMs;
  readonly nextToken?: string;
  readonly limit?: number;
  readonly startFromHead?: boolean;
}

export interface GetLogEventsOutput {
  readonly events: readonly {
    readonly timestamp: EpochMs;
    readonly message: string;
    readonly ingestionTime: EpochMs;
  }[];
  readonly nextForwardToken: string;
  readonly nextBackwardToken: string;
}

export async function getLogEvents(
  deps: LogsDeps,
  { scope }: RequestContext,
  input: GetLogEventsInput,
): Promise<GetLogEventsOutput> {
  const start = startOf(input);
  const stream = await requireStream(deps, scope, groupName(input), input.logStreamName);
  const range = {
    ...(input.startTime !== undefined && { fromMs: input.startTime }),
    ...(input.endTime !== undefined && { beforeMs: input.endTime }),
  };
  const page = await readEvents(deps.logs, stream.taskId, start, range, input.limit ?? LOG_PAGE_EVENTS);
  return {
    events: page.lines.map(({ atMs, text }) => ({ timestamp: atMs, message: text, ingestionTime: atMs })),
    nextForwardToken: `f/${page.to}`,
    nextBackwardToken: `b/${page.from}`,
  };
}

const TOKEN = /^([fb])\/(0|[1-9]\d{0,15})$/;

function startOf({ nextToken, startFromHead = false }: GetLogEventsInput): Start {
  if (nextToken === undefined) return { at: startFromHead ? 'head' : 'tail' };
  const match = TOKEN.exec(nextToken);
  const position = Number(match?.[2]);
  if (!match || !Number.isSafeInteger(position)) {
    throw new InvalidParameterException('The specified nextToken is invalid.');
  }
  return { at: match[1] === 'f' ? 'after' : 'before', position };
}

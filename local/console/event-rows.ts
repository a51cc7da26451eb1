// The events of a Region as rows, newest first, narrowed by queue, state and text.
import type { EventLog, StoredEvent } from '../../adapters/sqlite/event-log.ts';
import { ClientException } from '../../api/errors.ts';
import { nameOf } from '../../core/ids.ts';
import { eventEnvelope } from '../event-envelope.ts';
import { readRows, readSeq } from './numbered-rows.ts';
import type { EventRow, EventsAnswer } from '../../api/console/wire.ts';

/** Query: `queue`, `status`, `text`; and the place, see `readRows`. */
export async function readEvents(
  events: EventLog,
  region: string,
  query: URLSearchParams,
): Promise<EventsAnswer> {
  const keeps = filterOf(query);
  const log = {
    newest: events.lastSeq(),
    async read(afterSeq: number, limit: number) {
      const page = await events.read({ afterSeq, limit });
      return page.map((event) => {
        const row = event.region === region ? eventRowOf(event) : undefined;
        return { seq: event.seq, row: row && keeps(row) ? row : undefined };
      });
    },
  };
  return readRows<EventRow>(log, query);
}

/** One event as it was published. */
export async function readEvent(
  events: EventLog,
  account: string,
  region: string,
  text: string,
): Promise<object> {
  const seq = readSeq('event', text) ?? 0;
  const [event] = await events.read({ afterSeq: seq - 1, limit: 1 });
  if (event?.seq === seq && event.region === region) return eventEnvelope(event, account);
  throw new ClientException(`Event ${seq} does not exist in ${region}.`, 404);
}

function filterOf(query: URLSearchParams): (row: EventRow) => boolean {
  const [queue, status] = [query.get('queue'), query.get('status')];
  const text = query.get('text')?.trim().toLowerCase() ?? '';
  return (row) =>
    (!queue || row.queue === queue) &&
    (!status || row.status === status) &&
    (text === '' ||
      [row.jobId, row.name, row.reason, row.type].some((part) => part?.toLowerCase().includes(text)));
}

/** Members of a job's detail, if the event has one. */
interface Told {
  readonly jobId?: unknown;
  readonly jobName?: unknown;
  readonly jobQueue?: unknown;
  readonly status?: unknown;
  readonly statusReason?: unknown;
  readonly container?: { readonly exitCode?: unknown };
}

type ToldEvent = Pick<StoredEvent, 'seq' | 'atMs' | 'detailType' | 'detail'>;

export function eventRowOf({ seq, atMs, detailType, detail }: ToldEvent): EventRow {
  const { jobId, jobName, jobQueue, status, statusReason, container } = detail as Told;
  return {
    seq,
    atMs,
    type: detailType,
    ...(typeof jobId === 'string' ? { jobId } : {}),
    ...(typeof jobName === 'string' ? { name: jobName } : {}),
    ...(typeof jobQueue === 'string' ? { queue: nameOf(jobQueue) } : {}),
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof statusReason === 'string' ? { reason: statusReason } : {}),
    ...(typeof container?.exitCode === 'number' ? { exitCode: container.exitCode } : {}),
  };
}

// GET /_local/events: the event log as server-sent events, from any point on and resumable by id. Each connection reads the
// log at its own pace, so a slow reader costs nobody else anything and misses nothing.
import type { ServerResponse } from 'node:http';
import type { EventLog, StoredEvent } from '../adapters/sqlite/event-log.ts';
import type { Authorize } from '../api/access.ts';
import type { ApiRequest } from '../api/request.ts';
import type { Authenticated } from '../api/router.ts';
import { renderError, toApiError } from '../api/errors.ts';
import type { Log } from '../api/errors.ts';
import { arnOf, partitionOf } from '../core/ids.ts';
import { eventEnvelope } from './event-envelope.ts';
import type { SideRoute } from './http-server.ts';
import { send } from './http-server.ts';

export interface EventStreamDeps {
  readonly events: EventLog;
  readonly account: string;
  readonly authenticate: (request: ApiRequest, atMs: number) => Promise<Authenticated>;
  readonly authorize: Authorize;
  readonly nowMs: () => number;
  readonly newRequestId: () => string;
  readonly log: Log;
}

interface Follow {
  readonly region: string;
  readonly queueArn?: string;
  readonly jobId?: string;
  readonly follow: boolean;
}

const PAGE = 500;
const KEEP_ALIVE_MS = 15_000;

export function createEventStream(deps: EventStreamDeps): SideRoute & { close(): void } {
  const open = new Set<ServerResponse>();
  return {
    method: 'GET',
    path: /^\/_local\/events$/,
    async handle(request, _match, response) {
      try {
        const region = await admit(deps, request);
        const query = new URLSearchParams(request.rawQuery);
        const after = request.headers['last-event-id'] ?? query.get('after') ?? '';
        open.add(response);
        response.on('close', () => open.delete(response));
        await stream(deps, response, followOf(deps, region, query), startOf(deps, after));
      } catch (error) {
        if (response.headersSent) throw error;
        const requestId = deps.newRequestId();
        send(response, renderError(toApiError(error, requestId, deps.log), 'rest-json', requestId));
      }
    },
    close() {
      for (const response of open) response.end();
    },
  };
}

/** Events show whole jobs: they are for whoever may describe those. */
async function admit(deps: EventStreamDeps, request: ApiRequest): Promise<string> {
  const atMs = deps.nowMs();
  const { identity, region } = await deps.authenticate(request, atMs);
  const scope = { partition: partitionOf(region), region, account: identity.accountId };
  const userAgent = request.headers['user-agent'] ?? '';
  const context = { scope, identity, sourceIp: request.sourceIp ?? '', userAgent, atMs };
  await deps.authorize({ service: 'batch', operation: 'DescribeJobs', input: {}, context });
  return region;
}

/** `latest`: only what comes from now on; nothing: from the oldest event there is. */
function startOf(deps: EventStreamDeps, after: string): number {
  if (after === 'latest') return deps.events.lastSeq();
  return /^\d{1,15}$/.test(after) ? Number(after) : 0;
}

function followOf(deps: EventStreamDeps, region: string, query: URLSearchParams): Follow {
  const queue = query.get('queue');
  const job = query.get('job');
  const scope = { partition: partitionOf(region), region, account: deps.account };
  return {
    region,
    ...(queue ? { queueArn: queue.startsWith('arn:') ? queue : arnOf(scope, 'job-queue', queue) } : {}),
    ...(job ? { jobId: job } : {}),
    follow: query.get('follow') === '1',
  };
}

async function stream(
  deps: EventStreamDeps,
  response: ServerResponse,
  wanted: Follow,
  from: number,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  let seq = from;
  let wake: (() => void) | undefined;
  const unsubscribe = deps.events.subscribe(() => wake?.());
  response.on('close', () => wake?.());
  try {
    while (response.writable) {
      const { queueArn, jobId } = wanted;
      const last = deps.events.lastSeq();
      const page = await deps.events.read({
        afterSeq: seq,
        limit: PAGE,
        ...(queueArn ? { queueArn } : {}),
        ...(jobId ? { jobId } : {}),
      });
      for (const event of page) await writeEvent(deps, response, wanted, event);
      // A short page means that nothing more matched up to `last`; the next look starts behind it.
      seq = page.length === PAGE ? (page.at(-1)?.seq ?? last) : Math.max(seq, last);
      if (page.length === PAGE || deps.events.lastSeq() > seq) continue;
      if (!wanted.follow) break;
      await quiet((resume) => (wake = resume), response);
    }
  } finally {
    unsubscribe();
    response.end();
  }
}

/** Until something is appended or the reader leaves; a comment now and then keeps the connection known to be alive. */
function quiet(onWake: (resume: () => void) => void, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const alive = setInterval(() => response.write(': still here\n\n'), KEEP_ALIVE_MS);
    onWake(() => {
      clearInterval(alive);
      resolve();
    });
  });
}

async function writeEvent(
  deps: EventStreamDeps,
  response: ServerResponse,
  wanted: Follow,
  event: StoredEvent,
): Promise<void> {
  if (event.region !== wanted.region) return;
  const data = JSON.stringify(eventEnvelope(event, deps.account));
  const accepted = response.write(`id: ${event.seq}\nevent: ${event.detailType}\ndata: ${data}\n\n`);
  if (accepted || !response.writable) return;
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}

// `slipway console` for a Slipway in an AWS account: the page of dist/console on loopback, for one signed-in browser, over calls that
// this process signs. Invariant: the page asks nobody but this server, and no key leaves it.
import { randomBytes, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { EventReader } from '../../adapters/cloudwatch/event-reader.ts';
import type { Log } from '../../api/errors.ts';
import { renderError, UnknownOperationException } from '../../api/errors.ts';
import type { HomeAnswer } from '../../api/home-endpoint.ts';
import type { AccountPlace, AccountReaders } from '../account-readers.ts';
import { openAccountReaders } from '../account-readers.ts';
import { createConsoleRoutes } from '../console/routes.ts';
import { createSignIn } from '../console/sign-in.ts';
import { createPageRoute } from '../console/static-files.ts';
import { createHttpServer, listenOnLoopback } from '../http-server.ts';
import { createAccountSource } from './account-source.ts';
import type { CallerCredentials } from './caller-credentials.ts';
import { createEventFeed } from './event-feed.ts';
import { createJobCalls, refusing } from './job-calls.ts';
import { createChangeFinder } from './look-for-changes.ts';
import { rememberReading } from './remembered-reading.ts';
import type { CallRemote, RemoteServer } from './signed-calls.ts';
import { createSignedCalls } from './signed-calls.ts';
import type { Hear, WatchPace } from './watch-account.ts';
import { watchAccount } from './watch-account.ts';

export interface AccountConsoleOptions extends RemoteServer {
  /** 0: any free one. */
  readonly port: number;
  /** Take a free port when the wanted one is in use. */
  readonly portFallback: boolean;
  readonly log: Log;
  /** Where the built page lies; default: dist/console. */
  readonly consoleFolder?: string;
  /** Default: what the account has in CloudWatch. */
  readonly openReaders?: (place: AccountPlace) => Promise<AccountReaders>;
  readonly pace?: Partial<WatchPace>;
}

export interface AccountConsole {
  /** Of the page. */
  readonly url: string;
  readonly home: HomeAnswer;
  /** A link that signs one browser in, once and within ten minutes. */
  link(): string;
  close(): Promise<void>;
}

/** Queues and jobs are counted for an overview, which costs the account some reads: one serves all who ask in this time. */
const OVERVIEW_FOR_MS = 5_000;
const CHECK_FOR_MS = 1_000;

/** Errors: PortInUseError; an ApiError when the server does not answer, or refuses, or is none of ours. */
export async function startAccountConsole(options: AccountConsoleOptions): Promise<AccountConsole> {
  const { endpoint, region, log } = options;
  const call = createSignedCalls(options);
  const home = await askHome(call);
  const readers = await (options.openReaders ?? openAccountReaders)({
    home,
    credentials: expiring(options.credentials),
    // A server on a machine speaks CloudWatch Logs itself.
    ...(home.kind === 'local' ? { endpoints: { logs: endpoint } } : {}),
  });
  const pages = new Set<ServerResponse>();
  const signIn = createSignIn({ key: randomBytes(32).toString('base64url'), nowMs });
  const source = openSource(options, call, home, readers, pages);
  const http = createHttpServer({
    router: async () =>
      renderError(
        new UnknownOperationException('There is nothing but the console here.', 404),
        'rest-json',
        '',
      ),
    routes: [
      createPageRoute(options.consoleFolder),
      ...createConsoleRoutes({
        instance: () => ({ source, signIn, pages }),
        nowMs,
        newRequestId: randomUUID,
        log,
      }),
    ],
    log,
  });
  let url = '';
  try {
    url = `http://127.0.0.1:${await listenOnLoopback(http, options.port, options.portFallback)}`;
  } catch (error) {
    source.changes.close();
    readers.close();
    throw error;
  }
  return {
    url,
    home,
    link: () => `${url}/#token=${signIn.issue(region)}`,
    async close() {
      source.changes.close();
      const closed = new Promise((resolve) => http.close(resolve));
      for (const page of pages) page.end();
      http.closeAllConnections();
      readers.close();
      await closed;
    },
  };
}

const nowMs = (): number => Date.now();

function openSource(
  options: AccountConsoleOptions,
  call: CallRemote,
  home: HomeAnswer,
  readers: AccountReaders,
  pages: ReadonlySet<ServerResponse>,
) {
  const { endpoint, region, log, pace } = options;
  const check = rememberReading(CHECK_FOR_MS, nowMs, () => askHome(call));
  const asked = refusing(call, () => {
    // What was let in a moment ago says nothing of now.
    check.forget();
    return check();
  });
  const jobs = createJobCalls(asked);
  const overview = rememberReading(OVERVIEW_FOR_MS, nowMs, jobs.overview);
  const finder = createChangeFinder(jobs, nowMs);
  const { events } = readers;
  const changes = watchAccount({
    feed: createEventFeed(region),
    watched: {
      ...(events ? { listen: () => listenTo(events) } : {}),
      look: (followed) => finder.look(followed),
      check,
    },
    onChange: () => overview.forget(),
    onAway() {
      for (const page of pages) page.end();
    },
    log,
    ...(pace ? { pace } : {}),
  });
  return createAccountSource({
    endpoint,
    call: asked,
    home,
    check,
    readers,
    overview,
    finder,
    changes,
    nowMs,
  });
}

/** What a page that has just been opened does not show yet happened within this time. */
const OPENING_MS = 10_000;

function listenTo(events: EventReader): Hear {
  const tail = events.tail({}, { fromMs: nowMs() - OPENING_MS });
  return async (signal) => (await tail.next(signal)).flatMap(({ value, atMs }) => seenIn(value.detail, atMs));
}

function seenIn({ jobId, status }: Readonly<Record<string, unknown>>, atMs: number) {
  return typeof jobId === 'string' && typeof status === 'string' ? [{ jobId, status, atMs }] : [];
}

async function askHome(call: CallRemote): Promise<HomeAnswer> {
  return (await call({ method: 'GET', path: '/_slipway/home' })) as HomeAnswer; // both ends are Slipway's
}

/** Clients of AWS keep what they are given until it ends: these are to ask again, because we may have found others meanwhile. */
function expiring(credentials: CallerCredentials): AccountPlace['credentials'] {
  const AGAIN_MS = 60_000;
  return async () => {
    const keys = await credentials.current();
    return { ...keys, expiration: keys.expiration ?? new Date(nowMs() + AGAIN_MS) };
  };
}

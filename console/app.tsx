// The frame around every page: sign-in, navigation, search, and the banner that says when the server is away.
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { LineContext, SessionContext, setServerTime, useLineState, useWhyAway } from './hooks.ts';
import { createLine } from './live.ts';
import { AuditPage } from './pages/audit.tsx';
import { EventsPage } from './pages/events.tsx';
import { JobPage } from './pages/job.tsx';
import { JobsPage } from './pages/jobs.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { Empty } from './parts/notices.tsx';
import { goTo, useRoute } from './address.ts';
import { jobHref, jobsHref } from './route.ts';
import type { Route } from './route.ts';
import {
  RefusedError,
  read,
  SignedOutError,
  UnreachableBehindError,
  UnreachableError,
  write,
} from './server.ts';
import type { SessionAnswer } from '../api/console/wire.ts';

type Entry =
  | { readonly state: 'entering' }
  | { readonly state: 'in'; readonly session: SessionAnswer }
  | { readonly state: 'out'; readonly linkWasTried: boolean };

/** `token`: of the link that the page was opened with. */
export function App({ token }: { readonly token: string | undefined }) {
  const [entry, setEntry] = useState<Entry>({ state: 'entering' });
  const [away, setAway] = useState<UnreachableError>();
  useEffect(() => {
    let again: ReturnType<typeof setTimeout> | undefined;
    const enter = (): void => {
      openSession(token).then(
        (session) => {
          setServerTime(session.nowMs);
          setEntry({ state: 'in', session });
        },
        (error: unknown) => {
          if (error instanceof SignedOutError) {
            setEntry({ state: 'out', linkWasTried: token !== undefined });
            return;
          }
          setAway(error instanceof UnreachableError ? error : undefined);
          again = setTimeout(enter, 1_000);
        },
      );
    };
    enter();
    return () => clearTimeout(again);
  }, []);
  switch (entry.state) {
    case 'entering':
      return away ? (
        <AwayBanner
          reason={away instanceof UnreachableBehindError ? away.message : undefined}
          endpoint={undefined}
        />
      ) : null;
    case 'out':
      return <SignInPage linkWasTried={entry.linkWasTried} endpoint={undefined} />;
    case 'in':
      // Another Region is another world: nothing of what was shown holds there.
      return (
        <Frame
          key={entry.session.region}
          session={entry.session}
          onSession={(session) => setEntry({ state: 'in', session })}
        />
      );
  }
}

/** A used link is no reason to send somebody away who is signed in. */
async function openSession(token: string | undefined): Promise<SessionAnswer> {
  if (token === undefined) return read<SessionAnswer>('session');
  try {
    return await write<SessionAnswer>('session', { token });
  } catch (error) {
    if (error instanceof SignedOutError) return read<SessionAnswer>('session');
    throw error;
  }
}

interface FrameProps {
  readonly session: SessionAnswer;
  readonly onSession: (session: SessionAnswer) => void;
}

function Frame(props: FrameProps) {
  const line = useMemo(createLine, []);
  useEffect(() => {
    line.open();
    return () => line.close();
  }, [line]);
  return (
    <SessionContext.Provider value={props.session}>
      <LineContext.Provider value={line}>
        <Inside {...props} />
      </LineContext.Provider>
    </SessionContext.Provider>
  );
}

function Inside({ session, onSession }: FrameProps) {
  const route = useRoute();
  const state = useLineState();
  const reason = useWhyAway();
  if (state === 'signed-out') return <SignInPage linkWasTried={false} endpoint={session.endpoint} />;
  return (
    <>
      <a class="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <header class="top">
        <a class="mark" href="#/" aria-label="Slipway, overview">
          <svg viewBox="0 0 32 32" width="22" height="22" aria-hidden="true">
            <rect width="32" height="32" rx="7" class="mark-ground" />
            <path d="M5 12h9l13 11H16z" class="mark-hull" />
            <path d="M5 23h8" class="mark-water" />
          </svg>
          <span>Slipway</span>
        </a>
        <nav aria-label="Pages">
          <a href="#/" aria-current={route.page === 'overview' ? 'page' : undefined}>
            Overview
          </a>
          <a href="#/jobs" aria-current={route.page === 'jobs' || route.page === 'job' ? 'page' : undefined}>
            Jobs
          </a>
          <a href="#/events" aria-current={route.page === 'events' ? 'page' : undefined}>
            Events
          </a>
          <a href="#/audit" aria-current={route.page === 'audit' ? 'page' : undefined}>
            Audit
          </a>
        </nav>
        <Search />
        <p class="where">
          {session.endpoint !== undefined && (
            <span class="account" title={`The account of ${session.endpoint}`}>
              {session.account}
            </span>
          )}
          <RegionChoice session={session} onChosen={onSession} />
          <span class={`line line-${state}`} role="status">
            {state === 'live' ? 'Live' : state === 'away' ? 'Away' : 'Connecting'}
          </span>
        </p>
      </header>
      {state === 'away' && <AwayBanner reason={reason} endpoint={session.endpoint} />}
      <main id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
    </>
  );
}

function skipToMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

interface AwayBannerProps {
  /** Absent: the server of this page does not answer. */
  readonly reason: string | undefined;
  readonly endpoint: string | undefined;
}

function AwayBanner({ reason, endpoint }: AwayBannerProps) {
  if (reason !== undefined) {
    // Dots inside of addresses end no sentence.
    const [first = reason, ...rest] = reason.split(/(?<=[.!?]) /);
    return (
      <p class="banner" role="alert">
        <strong>{first}</strong> {rest.join(' ')} What you see is as it was. This page goes on by itself.
      </p>
    );
  }
  if (endpoint !== undefined) {
    return (
      <p class="banner" role="alert">
        <strong>slipway console has ended.</strong> What you see is as it was. For more, start it again:{' '}
        <code>npx slipway console --endpoint {endpoint}</code>
      </p>
    );
  }
  return (
    <p class="banner" role="alert">
      <strong>The server does not answer.</strong> What you see is as it was. This page goes on by itself when
      the server is back.
    </p>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case 'overview':
      return <OverviewPage />;
    case 'jobs':
      return <JobsPage route={route} />;
    case 'job':
      return <JobPage key={route.jobId} jobId={route.jobId} />;
    case 'events':
      return <EventsPage route={route} />;
    case 'audit':
      return <AuditPage route={route} />;
    case 'unknown':
      return (
        <Empty title="There is no such page">
          <a href="#/">To the overview</a>
        </Empty>
      );
  }
}

const JOB_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:[:#]\d+)?$/;

/** One Region needs no choice. */
function RegionChoice({
  session,
  onChosen,
}: {
  readonly session: SessionAnswer;
  readonly onChosen: FrameProps['onSession'];
}) {
  const { region, regions } = session;
  if (regions.length < 2) return <span>{region}</span>;
  const choose = async (chosen: string): Promise<void> => {
    try {
      const next = await write<SessionAnswer>('region', { region: chosen });
      goTo('#/');
      onChosen(next);
    } catch (error) {
      // The line tells of a server that is away; a Region that is gone is not there to be chosen the next time.
      if (!(error instanceof UnreachableError || error instanceof RefusedError)) throw error;
    }
  };
  return (
    <select aria-label="Region" value={region} onChange={(event) => void choose(event.currentTarget.value)}>
      {regions.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}

function Search() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focusOnSlash = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
      event.preventDefault();
      field.current?.select();
    };
    addEventListener('keydown', focusOnSlash);
    return () => removeEventListener('keydown', focusOnSlash);
  }, []);
  const search = (event: Event): void => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    if (text === '') return;
    if (field.current) field.current.value = '';
    goTo(JOB_ID.test(text) ? jobHref(text) : jobsHref({ name: text }));
  };
  return (
    <form class="search" role="search" onSubmit={search}>
      <input
        ref={field}
        type="search"
        name="search"
        placeholder="Find a job by id or name"
        aria-label="Find a job by id or name"
        aria-keyshortcuts="/"
        autocomplete="off"
        spellcheck={false}
      />
    </form>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
}

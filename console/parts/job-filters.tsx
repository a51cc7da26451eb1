// What narrows the list of jobs: queue, name, tag, time and state. Each change is an address of its own.
import { useEffect, useRef } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { changeTo, goTo } from '../address.ts';
import { jobsHref, SPANS } from '../route.ts';
import type { JobsRoute, Span } from '../route.ts';
import { JOB_STATUSES } from '../../api/console/wire.ts';
import type { JobStatus } from '../../api/console/wire.ts';
import type { QueueOverview } from '../../engine/overview-answer.ts';
import { statusWord } from './status.tsx';

interface JobFiltersProps {
  readonly queues: readonly QueueOverview[];
  readonly route: JobsRoute;
}

export function JobFilters({ queues, route }: JobFiltersProps) {
  const { after: _, ...kept } = route;
  const isNarrowed = Boolean(route.name ?? route.tag ?? route.since ?? route.from ?? route.to);
  return (
    <div class="filters">
      <div class="fields">
        <label>
          <span class="unseen">Queue</span>
          <select
            value={route.queue ?? ''}
            onChange={(event) => goTo(jobsHref({ ...kept, queue: event.currentTarget.value }))}
          >
            <option value="">All queues</option>
            {queues.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
            {route.queue !== undefined && !queues.some(({ name }) => name === route.queue) && (
              <option>{route.queue}</option>
            )}
          </select>
        </label>
        <TypedFilter
          label="Name or id"
          placeholder="Name or id, * for anything"
          value={route.name ?? ''}
          onTyped={(name) => changeTo(jobsHref({ ...kept, name }))}
        />
        <TypedFilter
          label="Tag"
          placeholder="Tag: key or key=value"
          value={route.tag ?? ''}
          onTyped={(tag) => changeTo(jobsHref({ ...kept, tag }))}
        />
        <TimeFilter route={kept} />
        {isNarrowed && (
          <a class="clear" href={jobsHref(onlyPlace(route))}>
            Clear
          </a>
        )}
      </div>
      <States queues={queues} route={kept} />
    </div>
  );
}

function onlyPlace({ queue, status }: JobsRoute): Pick<JobsRoute, 'queue' | 'status'> {
  return { ...(queue ? { queue } : {}), ...(status ? { status } : {}) };
}

const TYPING_MS = 300;

interface TypedFilterProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onTyped: (text: string) => void;
}

/** Takes effect a moment after the last key. */
export function TypedFilter({ label, placeholder, value, onTyped }: TypedFilterProps) {
  const field = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => {
    // The address changed by other means than this field; whoever types in it goes on.
    const element = field.current;
    if (element && element !== document.activeElement) element.value = value;
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const take = (text: string, afterMs: number): void => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      if (text.trim() !== value) onTyped(text.trim());
    }, afterMs);
  };
  return (
    <input
      ref={field}
      type="search"
      defaultValue={value}
      placeholder={placeholder}
      aria-label={label}
      autocomplete="off"
      spellcheck={false}
      maxLength={512}
      onInput={(event) => take(event.currentTarget.value, TYPING_MS)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') take(event.currentTarget.value, 0);
      }}
    />
  );
}

const SPAN_WORDS: Readonly<Record<Span, string>> = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
};

function TimeFilter({ route }: { readonly route: JobsRoute }) {
  const { since: _since, from, to, ...kept } = route;
  const isBetween = from !== undefined || to !== undefined;
  const choose = (value: string): void => {
    const since = (Object.keys(SPANS) as Span[]).find((span) => span === value); // its own keys
    if (since) goTo(jobsHref({ ...kept, since }));
    else if (value === 'between') goTo(jobsHref({ ...kept, from: String(Date.now() - 3_600_000) }));
    else goTo(jobsHref(kept));
  };
  const set = (field: 'from' | 'to', text: string): void => {
    const atMs = new Date(text).getTime();
    const value = Number.isNaN(atMs) ? '' : String(atMs);
    changeTo(jobsHref({ ...kept, ...(from ? { from } : {}), ...(to ? { to } : {}), [field]: value }));
  };
  return (
    <>
      <label>
        <span class="unseen">Submitted</span>
        <select
          value={isBetween ? 'between' : (route.since ?? '')}
          onChange={(event) => choose(event.currentTarget.value)}
        >
          <option value="">Any time</option>
          {Object.entries(SPAN_WORDS).map(([span, word]) => (
            <option key={span} value={span}>
              {word}
            </option>
          ))}
          <option value="between">Between …</option>
        </select>
      </label>
      {isBetween && (
        <span class="between">
          <input
            type="datetime-local"
            aria-label="Submitted from"
            value={localTime(from)}
            onChange={(event) => set('from', event.currentTarget.value)}
          />
          <span class="quiet">to</span>
          <input
            type="datetime-local"
            aria-label="Submitted until"
            value={localTime(to)}
            onChange={(event) => set('to', event.currentTarget.value)}
          />
        </span>
      )}
    </>
  );
}

/** As the field wants it: the wall clock here, to the minute. */
function localTime(text: string | undefined): string {
  const atMs = Number(text);
  if (text === undefined || !Number.isFinite(atMs)) return '';
  const here = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return here.toISOString().slice(0, 16);
}

function States({ queues, route }: JobFiltersProps) {
  const { status: chosen, ...kept } = route;
  const counted = route.queue === undefined ? queues : queues.filter(({ name }) => name === route.queue);
  return (
    <nav class="tabs" aria-label="States">
      <a href={jobsHref(kept)} aria-current={chosen === undefined ? 'page' : undefined}>
        All
      </a>
      {JOB_STATUSES.map((status) => (
        <a
          key={status}
          href={jobsHref({ ...kept, status })}
          aria-current={chosen === status ? 'page' : undefined}
        >
          {statusWord(status)}
          <StateCount queues={counted} status={status} />
        </a>
      ))}
    </nav>
  );
}

function StateCount({
  queues,
  status,
}: {
  readonly queues: readonly QueueOverview[];
  readonly status: JobStatus;
}) {
  const counts = queues.map(({ byState }) => byState[status]);
  const sum = counts.reduce((before, { count }) => before + count, 0);
  if (sum === 0) return null;
  return (
    <span class="quiet number">
      {' '}
      {formatCount(sum)}
      {counts.some(({ more }) => more) && '+'}
    </span>
  );
}

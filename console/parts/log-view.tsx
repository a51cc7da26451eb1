// A job's output: opened at its end, followed while it grows, read backwards on request. Text only, with its colours.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { spansOf } from '../ansi.ts';
import { formatBytes, formatTime } from '../format.ts';
import { useLine } from '../hooks.ts';
import { read, RefusedError } from '../server.ts';
import type { LogAnswer, LogSource } from '../wire.ts';

/** Lines that stay on the page; older ones are a click away. */
const KEPT_LINES = 5_000;
const RETRY_MS = 1_000;

/** Pages as they came, oldest first: whole ones, so that it stays known where each begins. */
interface Shown {
  readonly pages: readonly Pick<LogAnswer, 'from' | 'lines'>[];
  readonly size: number;
  readonly ended: boolean;
}

interface LogViewProps {
  readonly jobId: string;
  readonly sources: readonly LogSource[];
}

export function LogView({ jobId, sources }: LogViewProps) {
  const [chosen, setChosen] = useState<string>();
  const last = sources.at(-1);
  const source = sources.find(({ taskId }) => taskId === chosen) ?? last;
  return (
    <section aria-labelledby="log">
      <h2 id="log">
        Log
        {sources.length > 1 && (
          <select
            aria-label="Attempt and container"
            value={source?.taskId}
            onChange={(event) => setChosen(event.currentTarget.value)}
          >
            {sources.map(({ attempt, container, taskId }) => (
              <option key={taskId} value={taskId}>
                Attempt {attempt}
                {container === 'default' ? '' : `, ${container}`}
              </option>
            ))}
          </select>
        )}
      </h2>
      {source ? (
        <OneLog key={source.taskId} jobId={jobId} task={source.taskId} />
      ) : (
        <p class="quiet">Its output appears here once it has started.</p>
      )}
    </section>
  );
}

function OneLog({ jobId, task }: { readonly jobId: string; readonly task: string }) {
  const { shown, error, readEarlier } = useLog(jobId, task);
  const [isFollowing, setFollowing] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const bottomGap = useRef<number | undefined>(undefined);

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (bottomGap.current !== undefined) {
      // Earlier lines came in above: what was looked at stays where it is.
      element.scrollTop = element.scrollHeight - bottomGap.current;
      bottomGap.current = undefined;
    } else if (isFollowing) element.scrollTop = element.scrollHeight;
  }, [shown]);
  useLayoutEffect(() => {
    if (isFollowing && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowing]);

  const scrolled = (): void => {
    const element = box.current;
    if (element) setFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < 24);
  };
  const earlier = (): void => {
    const element = box.current;
    if (element) bottomGap.current = element.scrollHeight - element.scrollTop;
    setFollowing(false);
    readEarlier();
  };
  if (error !== undefined) return <p class="bad">{error}</p>;
  if (!shown) return <p class="quiet">Loading …</p>;
  const start = shown.pages[0]?.from ?? 0;
  return (
    <>
      <div
        class="log"
        ref={box}
        onScroll={scrolled}
        tabIndex={0}
        role="log"
        aria-label="Output"
        aria-live="off"
      >
        {start > 0 && (
          <button type="button" class="plain earlier" onClick={earlier}>
            Earlier lines ({formatBytes(start)})
          </button>
        )}
        {shown.pages.length === 0 && (
          <p class="quiet">{shown.ended ? 'It wrote nothing.' : 'Nothing yet.'}</p>
        )}
        {shown.pages.map(({ from, lines }) => (
          <LogLines key={from} lines={lines} />
        ))}
      </div>
      <p class="log-foot quiet small">
        <span>
          {formatBytes(shown.size)}
          {shown.ended ? '' : ' so far'}
        </span>
        {!shown.ended && (
          <label>
            <input
              type="checkbox"
              checked={isFollowing}
              onChange={(event) => setFollowing(event.currentTarget.checked)}
            />
            Follow
          </label>
        )}
      </p>
    </>
  );
}

/** A page does not change once it is here: it is drawn once. */
function LogLines({ lines }: { readonly lines: LogAnswer['lines'] }) {
  return useMemo(
    () => (
      <>
        {lines.map((line, place) => (
          <LogLine key={place} line={line} />
        ))}
      </>
    ),
    [lines],
  );
}

function LogLine({ line }: { readonly line: LogAnswer['lines'][number] }) {
  return (
    <div class="log-line" title={formatTime(line.atMs)}>
      {spansOf(line.text).map(({ text, look }, place) =>
        look === '' ? (
          text
        ) : (
          <span key={place} class={look}>
            {text}
          </span>
        ),
      )}
      {'\n'}
    </div>
  );
}

function useLog(jobId: string, task: string) {
  const line = useLine();
  const [shown, setShown] = useState<Shown>();
  const [error, setError] = useState<string>();
  const path = `jobs/${encodeURIComponent(jobId)}/log?task=${task}`;

  useEffect(() => {
    const left = new AbortController();
    void followLog(path, left.signal, {
      onPage: (page) => setShown((before) => appended(before, page)),
      onRefused: setError,
      onAway: () => line.check(),
    });
    return () => left.abort();
  }, [path, line]);

  const readEarlier = (): void => {
    if (!shown) return;
    read<LogAnswer>(`${path}&before=${shown.pages[0]?.from ?? 0}`).then(
      (page) => setShown((before) => before && { ...before, pages: [page, ...before.pages] }),
      () => line.check(),
    );
  };
  return { shown, error, readEarlier };
}

interface Follower {
  readonly onPage: (page: LogAnswer) => void;
  readonly onRefused: (message: string) => void;
  readonly onAway: () => void;
}

/** Until the job has ended and all of it is read, or the reader leaves. */
async function followLog(path: string, left: AbortSignal, follower: Follower): Promise<void> {
  let place = 'end';
  while (!left.aborted) {
    try {
      const wait = place === 'end' ? '' : '&wait=1';
      const page = await read<LogAnswer>(`${path}&from=${place}${wait}`, left);
      follower.onPage(page);
      place = String(page.to);
      if (page.ended && page.to >= page.size) return;
    } catch (error) {
      if (left.aborted) return;
      if (error instanceof RefusedError) {
        follower.onRefused(error.message);
        return;
      }
      follower.onAway();
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
    }
  }
}

function appended(before: Shown | undefined, page: LogAnswer): Shown {
  const { size, ended } = page;
  const shown = before?.pages ?? [];
  const pages = page.lines.length === 0 ? shown : [...shown, page];
  let lines = pages.reduce((sum, each) => sum + each.lines.length, 0);
  let first = 0;
  for (; lines > KEPT_LINES && first < pages.length - 1; first += 1) lines -= pages[first]?.lines.length ?? 0;
  return { pages: pages.slice(first), size, ended };
}

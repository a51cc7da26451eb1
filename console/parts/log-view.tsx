// A job's output: opened at its end, followed while it grows, read backwards on request, searched from end to end.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { formatBytes } from '../format.ts';
import { endOf, startOf } from '../log-window.ts';
import type { Log, LogPlace } from '../use-log.ts';
import { useLog } from '../use-log.ts';
import type { LogSource } from '../../api/console/wire.ts';
import { LogLines } from './log-lines.tsx';
import { LogSearch } from './log-search.tsx';

interface LogViewProps {
  readonly jobId: string;
  readonly sources: readonly LogSource[];
  /** Nothing will start any more. */
  readonly isOver?: boolean;
  readonly title?: string;
  /** Beside the title. */
  readonly more?: ComponentChildren;
}

export function LogView({ jobId, sources, isOver = false, title = 'Log', more }: LogViewProps) {
  const [chosen, setChosen] = useState<string>();
  const source = sources.find(({ taskId }) => taskId === chosen) ?? sources.at(-1);
  return (
    <section aria-labelledby="log">
      <div class="section-head">
        <h2 id="log">{title}</h2>
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
        {more}
      </div>
      {source ? (
        <OneLog key={source.taskId} jobId={jobId} task={source.taskId} />
      ) : (
        <p class="quiet">
          {isOver ? 'It never started, and wrote nothing.' : 'Its output appears here once it has started.'}
        </p>
      )}
    </section>
  );
}

function OneLog({ jobId, task }: { readonly jobId: string; readonly task: string }) {
  const [place, setPlace] = useState<LogPlace>('end');
  const [text, setText] = useState('');
  const [isFollowing, setFollowing] = useState(true);
  const log = useLog(jobId, task, place);
  const { shown, error, isAtEnd } = log;
  if (error !== undefined) return <p class="bad">{error}</p>;
  const goTo = (next: LogPlace): void => {
    setFollowing(next === 'end');
    setPlace(next);
  };
  const size = shown?.size ?? 0;
  const isWhole = !shown || (startOf(shown) === 0 && endOf(shown) >= size);
  return (
    <>
      <div class="log-head">
        <LogSearch
          jobId={jobId}
          task={task}
          size={size}
          isUnmeasured={shown?.isUnmeasured === true}
          place={place === 'end' ? undefined : place}
          onText={setText}
          onFound={goTo}
        />
        {!isWhole && (
          <span class="log-ends">
            <button type="button" class="plain" onClick={() => goTo(0)}>
              Beginning
            </button>
            <button type="button" class="plain" onClick={() => goTo('end')}>
              End
            </button>
          </span>
        )}
      </div>
      <LogBox log={log} place={place} text={text} isFollowing={isFollowing} onFollowing={setFollowing} />
      <p class="log-foot quiet small">
        {shown?.isUnmeasured !== true && (
          <span>
            {formatBytes(size)}
            {shown?.ended === false ? ' so far' : ''}
          </span>
        )}
        {shown?.ended === false && isAtEnd && (
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

interface LogBoxProps {
  readonly log: Log;
  readonly place: LogPlace;
  /** What is marked. */
  readonly text: string;
  readonly isFollowing: boolean;
  readonly onFollowing: (isFollowing: boolean) => void;
}

function LogBox({ log, place, text, isFollowing, onFollowing }: LogBoxProps) {
  const { shown, isAtEnd, readEarlier, readLater } = log;
  const box = useRef<HTMLDivElement>(null);
  /** What is looked at is to stay where it is, this far from the bottom. */
  const bottomGap = useRef<number | undefined>(undefined);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (bottomGap.current !== undefined) {
      element.scrollTop = element.scrollHeight - bottomGap.current;
      bottomGap.current = undefined;
    } else if (isFollowing && isAtEnd) element.scrollTop = element.scrollHeight;
  }, [shown, isFollowing]);
  const isOpened = shown !== undefined;
  useLayoutEffect(() => {
    const found = box.current?.querySelector('.log-found');
    if (found instanceof HTMLElement && box.current)
      box.current.scrollTop = found.offsetTop - box.current.clientHeight / 2;
  }, [isOpened, place]);
  const scrolled = (): void => {
    const element = box.current;
    if (element) onFollowing(element.scrollHeight - element.scrollTop - element.clientHeight < 24);
  };
  const earlier = (): void => {
    const element = box.current;
    if (element) bottomGap.current = element.scrollHeight - element.scrollTop;
    onFollowing(false);
    readEarlier();
  };
  const [start, left] = shown ? [startOf(shown), shown.size - endOf(shown)] : [0, 0];
  return (
    <div
      class="log"
      ref={box}
      onScroll={scrolled}
      tabIndex={0}
      role="log"
      aria-label="Output"
      aria-live="off"
      aria-busy={!shown}
    >
      {!shown && <p class="quiet">Loading …</p>}
      {start > 0 && (
        <button type="button" class="plain earlier" onClick={earlier}>
          Earlier lines{shown?.isUnmeasured !== true && ` (${formatBytes(start)})`}
        </button>
      )}
      {shown?.pages.length === 0 && <p class="quiet">{shown.ended ? 'It wrote nothing.' : 'Nothing yet.'}</p>}
      {shown?.pages.map(({ from, lines }) => (
        <LogLines key={from} lines={lines} text={text} hasFound={from === place && text !== ''} />
      ))}
      {!isAtEnd && left > 0 && (
        <button type="button" class="plain earlier" onClick={readLater}>
          Later lines{shown?.isUnmeasured !== true && ` (${formatBytes(left)})`}
        </button>
      )}
    </div>
  );
}

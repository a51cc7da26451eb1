// Looks for a text in a log, upwards from where the last one was found. The server looks in steps; this asks on and says how far.
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatBytes } from '../format.ts';
import { useLine } from '../hooks.ts';
import { RefusedError, read, SignedOutError, UnreachableError } from '../server.ts';
import type { LogSearchAnswer } from '../../api/console/wire.ts';

interface LogSearchProps {
  readonly jobId: string;
  readonly task: string;
  readonly size: number;
  /** Positions are no bytes. */
  readonly isUnmeasured: boolean;
  /** The line that was found last. */
  readonly place: number | undefined;
  readonly onText: (text: string) => void;
  readonly onFound: (place: number) => void;
}

type Direction = 'up' | 'down';

export function LogSearch(props: LogSearchProps) {
  const [text, setText] = useState('');
  const { told, look, stop } = useLogSearch(props, text);
  return (
    <form
      class="log-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        void look('up');
      }}
    >
      <input
        type="search"
        aria-label="Find in the log"
        placeholder="Find in the log"
        value={text}
        maxLength={500}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => {
          stop();
          setText(event.currentTarget.value);
          props.onText(event.currentTarget.value);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Escape') stop();
          if (event.key === 'Enter' && event.shiftKey) {
            event.preventDefault();
            void look('down');
          }
        }}
      />
      <button type="submit" class="step" aria-label="Find the one before" title="The one before (Enter)">
        ↑
      </button>
      <button
        type="button"
        class="step"
        aria-label="Find the one after"
        title="The one after (Shift and Enter)"
        onClick={() => void look('down')}
      >
        ↓
      </button>
      <span class="quiet small" role="status">
        {told}
      </span>
    </form>
  );
}

function useLogSearch({ jobId, task, size, isUnmeasured, place, onFound }: LogSearchProps, text: string) {
  const line = useLine();
  const [told, setTold] = useState('');
  const looking = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => looking.current?.abort(), []);
  const stop = (): void => {
    looking.current?.abort();
    looking.current = undefined;
    setTold('');
  };
  const look = async (direction: Direction): Promise<void> => {
    stop();
    if (text === '') return;
    const left = new AbortController();
    looking.current = left;
    const from = direction === 'up' ? (place ?? size) : (place ?? -1) + 1;
    const path = `jobs/${encodeURIComponent(jobId)}/log/search?task=${task}&text=${encodeURIComponent(text)}`;
    const side = direction === 'up' ? 'before' : 'from';
    try {
      for (let reached = from; ;) {
        const answer = await read<LogSearchAnswer>(`${path}&${side}=${reached}`, left.signal);
        if (answer.found !== undefined) {
          setTold('');
          onFound(answer.found);
          return;
        }
        if (answer.isDone) {
          setTold(place === undefined ? 'Not found' : direction === 'up' ? 'No earlier one' : 'No later one');
          return;
        }
        reached = answer.reached;
        setTold(isUnmeasured ? 'Looking …' : `Looked through ${formatBytes(Math.abs(reached - from))} …`);
      }
    } catch (error) {
      if (left.signal.aborted) return;
      if (error instanceof RefusedError) setTold(error.message);
      else if (error instanceof UnreachableError || error instanceof SignedOutError) line.check();
      else throw error;
    }
  };
  return { told, look, stop };
}

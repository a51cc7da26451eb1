// Lines of a log: text and nothing but text, with its colours, and what is looked for marked.
import { useMemo } from 'preact/hooks';
import { spansOf } from '../ansi.ts';
import { formatTime } from '../format.ts';
import { partsAround } from '../parts-around.ts';
import type { LogAnswer } from '../../api/console/wire.ts';

type Line = LogAnswer['lines'][number];

interface LogLinesProps {
  readonly lines: readonly Line[];
  /** Looked for, in any case; empty: nothing is. */
  readonly text: string;
  /** The first of these lines is the one that was found. */
  readonly hasFound: boolean;
}

export function LogLines({ lines, text, hasFound }: LogLinesProps) {
  // Lines never change: those of a page are made once.
  return useMemo(
    () => (
      <>
        {lines.map((line, place) => (
          <LogLine key={place} line={line} text={text} isFound={hasFound && place === 0} />
        ))}
      </>
    ),
    [lines, text, hasFound],
  );
}

function LogLine({
  line,
  text,
  isFound,
}: {
  readonly line: Line;
  readonly text: string;
  readonly isFound: boolean;
}) {
  return (
    <div class={isFound ? 'log-line log-found' : 'log-line'} title={formatTime(line.atMs)}>
      {spansOf(line.text).map((span, place) =>
        span.look === '' ? (
          <Marked key={place} text={span.text} wanted={text} />
        ) : (
          <span key={place} class={span.look}>
            <Marked text={span.text} wanted={text} />
          </span>
        ),
      )}
      {'\n'}
    </div>
  );
}

function Marked({ text, wanted }: { readonly text: string; readonly wanted: string }) {
  if (wanted === '') return <>{text}</>;
  return (
    <>
      {partsAround(text, wanted).map((part, place) =>
        // Every second part is one that was looked for.
        place % 2 === 0 ? part : <mark key={place}>{part}</mark>,
      )}
    </>
  );
}

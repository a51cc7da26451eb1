// A job's life as a bar: how long it waited, was placed, ran, and again for every attempt. Each part is wide enough to be seen
// however short it was.
import { formatClock, formatDuration, formatTime } from '../format.ts';
import { useNow } from '../hooks.ts';
import type { Attempt, JobStatus, TimelineStep } from '../../api/console/wire.ts';
import type { TimelinePart } from '../timeline-parts.ts';
import { isEnd, STAGE_WORDS, timelineParts } from '../timeline-parts.ts';
import { statusWord } from './status.tsx';

const MEANING: Readonly<Partial<Record<JobStatus, string>>> = {
  SUBMITTED: 'accepted',
  PENDING: 'waited for other jobs',
  RUNNABLE: 'waited in line',
  STARTING: 'was placed, container starting',
  RUNNING: 'ran',
};

function wordsOf({ status, stage }: TimelinePart): { readonly name: string; readonly meaning: string } {
  if (stage !== undefined) return STAGE_WORDS[stage];
  return { name: statusWord(status), meaning: MEANING[status] ?? '' };
}

/** More parts than that have no room for their names: a hover tells them, and the attempts below. */
const MOST_NAMED = 12;

export function Timeline({
  steps,
  attempts,
}: {
  readonly steps: readonly TimelineStep[];
  readonly attempts: readonly Attempt[];
}) {
  const last = steps.at(-1);
  const isOver = last !== undefined && isEnd(last.status);
  const nowMs = useNow(isOver ? 3_600_000 : 250);
  const parts = timelineParts(
    steps,
    attempts.flatMap(({ stages }) => stages),
    nowMs,
  );
  const wholeMs = Math.max(
    1,
    parts.reduce((sum, { lastedMs }) => sum + lastedMs, 0),
  );
  const first = steps[0];
  return (
    <div class="timeline">
      <ol class={parts.length > MOST_NAMED ? 'many' : undefined}>
        {parts.map((part) => (
          <TimelineItem key={`${part.status}-${part.atMs}`} part={part} wholeMs={wholeMs} />
        ))}
        {isOver && (
          <li class="end">
            <span class={`fill fill-${last.status}`} />
            <span class="part-name">{statusWord(last.status)}</span>
            <span class="number part-time">{formatClock(last.atMs)}</span>
          </li>
        )}
      </ol>
      {first && (
        <p class="quiet small">
          Submitted {formatTime(first.atMs)} · {formatDuration((isOver ? last.atMs : nowMs) - first.atMs)} in
          all
        </p>
      )}
    </div>
  );
}

function TimelineItem({ part, wholeMs }: { readonly part: TimelinePart; readonly wholeMs: number }) {
  const { status, atMs, lastedMs, isNow } = part;
  const { name, meaning } = wordsOf(part);
  return (
    <li
      class={isNow ? 'now' : undefined}
      style={{ flexGrow: 0.02 + lastedMs / wholeMs }}
      title={`${name} from ${formatTime(atMs)}: ${meaning} ${formatDuration(lastedMs)}`}
    >
      <span class={`fill fill-${status}`} />
      <span class="part-name">{name}</span>
      <span class="number part-time">{formatDuration(lastedMs)}</span>
    </li>
  );
}

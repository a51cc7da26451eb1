// A job's life as a bar: how long it waited, was placed, ran, and again for every attempt. Each part is wide enough to be seen
// however short it was.
import { formatClock, formatDuration, formatTime } from '../format.ts';
import { useNow } from '../hooks.ts';
import type { JobStatus, TimelineStep } from '../../api/console/wire.ts';
import { statusWord } from './status.tsx';

interface Part {
  readonly status: JobStatus;
  readonly atMs: number;
  readonly lastedMs: number;
  readonly isNow: boolean;
}

const isEnd = (status: JobStatus): boolean => status === 'SUCCEEDED' || status === 'FAILED';

function partsOf(steps: readonly TimelineStep[], nowMs: number): readonly Part[] {
  return steps.flatMap(({ status, atMs }, place) => {
    const next = steps[place + 1];
    if (isEnd(status)) return [];
    // A state that was left within the millisecond was never waited in.
    if (next && next.atMs <= atMs && steps.length > 2) return [];
    return [{ status, atMs, lastedMs: Math.max(0, (next?.atMs ?? nowMs) - atMs), isNow: next === undefined }];
  });
}

const MEANING: Readonly<Partial<Record<JobStatus, string>>> = {
  SUBMITTED: 'accepted',
  PENDING: 'waited for other jobs',
  RUNNABLE: 'waited in line',
  STARTING: 'was placed, container starting',
  RUNNING: 'ran',
};

/** More parts than that have no room for their names: a hover tells them, and the attempts below. */
const MOST_NAMED = 12;

export function Timeline({ steps }: { readonly steps: readonly TimelineStep[] }) {
  const last = steps.at(-1);
  const isOver = last !== undefined && isEnd(last.status);
  const nowMs = useNow(isOver ? 3_600_000 : 250);
  const parts = partsOf(steps, nowMs);
  const wholeMs = Math.max(
    1,
    parts.reduce((sum, { lastedMs }) => sum + lastedMs, 0),
  );
  const first = steps[0];
  return (
    <div class="timeline">
      <ol class={parts.length > MOST_NAMED ? 'many' : undefined}>
        {parts.map(({ status, atMs, lastedMs, isNow }) => (
          <li
            key={`${status}-${atMs}`}
            class={isNow ? 'now' : undefined}
            style={{ flexGrow: 0.02 + lastedMs / wholeMs }}
            title={`${statusWord(status)} from ${formatTime(atMs)}: ${MEANING[status] ?? ''} ${formatDuration(lastedMs)}`}
          >
            <span class={`fill fill-${status}`} />
            <span class="part-name">{statusWord(status)}</span>
            <span class="number part-time">{formatDuration(lastedMs)}</span>
          </li>
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

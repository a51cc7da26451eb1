// How many jobs ended, over the last minutes: a bar for each span, failures at its foot.
import { formatPlural } from '../format.ts';
import type { Pace } from '../wire.ts';

const WIDTH = 300;
const HEIGHT = 44;

export function PaceChart({ pace: { succeeded, failed, spanMs } }: { readonly pace: Pace }) {
  const totals = succeeded.map((count, place) => count + (failed[place] ?? 0));
  const most = Math.max(1, ...totals);
  const sum = totals.reduce((left, right) => left + right, 0);
  const failures = failed.reduce((left, right) => left + right, 0);
  const minutes = Math.round((totals.length * spanMs) / 60_000);
  const step = WIDTH / Math.max(1, totals.length);
  const text = `${formatPlural(sum, 'job')} ended in the last ${minutes} minutes, ${failures} failed`;
  return (
    <figure class="pace">
      <figcaption>
        <span class="meter-name">Ended, last {minutes} minutes</span>
        <span class="number">
          {formatPlural(sum, 'job')}
          {failures > 0 && <span class="bad"> · {failures} failed</span>}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={text}>
        <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} class="pace-ground" />
        {totals.map((total, place) => {
          if (total === 0) return null;
          const height = Math.max(2, (total / most) * (HEIGHT - 2));
          const bad = ((failed[place] ?? 0) / total) * height;
          return (
            <g key={place}>
              <rect
                x={place * step}
                width={step * 0.72}
                y={HEIGHT - height}
                height={height - bad}
                class="pace-good"
              />
              <rect x={place * step} width={step * 0.72} y={HEIGHT - bad} height={bad} class="pace-bad" />
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

// How much of something is in use.
import type { Use } from '../../engine/overview-answer.ts';

interface MeterProps {
  readonly name: string;
  readonly use: Use;
  readonly format?: (amount: number) => string;
}

export function Meter({ name, use: { used, max }, format = String }: MeterProps) {
  const text = max === undefined ? format(used) : `${format(used)} of ${format(max)}`;
  const share = max === undefined || max === 0 ? 0 : Math.min(1, used / max);
  return (
    <div class="meter">
      <span class="meter-name">{name}</span>
      <span class="number">{text}</span>
      {max !== undefined && (
        <span
          class="track"
          role="meter"
          aria-label={name}
          aria-valuemin={0}
          aria-valuemax={max}
          aria-valuenow={used}
          aria-valuetext={text}
        >
          <span class={share > 0.98 ? 'track-full' : 'track-used'} style={{ width: `${share * 100}%` }} />
        </span>
      )}
    </div>
  );
}

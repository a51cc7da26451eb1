// A job's attempts: where each ran, for how long, and how it ended.
import { formatClock, formatDuration } from '../format.ts';
import type { Attempt } from '../../api/console/wire.ts';

export function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  // What a runtime could not honour is mostly the same each time.
  const notes = [...new Set(attempts.flatMap(({ note }) => note ?? []))];
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts">Attempts</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Attempt</th>
              <th>Environment</th>
              <th class="number">In line</th>
              <th class="number">Placed at</th>
              <th class="number">Starting</th>
              <th class="number">Started at</th>
              <th class="number">Ran</th>
              <th class="number">Exit</th>
              <th>How it ended</th>
            </tr>
          </thead>
          <tbody>
            {attempts.map((attempt) => (
              <tr key={attempt.number}>
                <th scope="row">{attempt.number}</th>
                <td>{attempt.environment}</td>
                <td class="number">{between(attempt.runnableAtMs, attempt.placedAtMs)}</td>
                <td class="number">{clock(attempt.placedAtMs)}</td>
                <td class="number">{between(attempt.placedAtMs, attempt.startedAtMs)}</td>
                <td class="number">{clock(attempt.startedAtMs)}</td>
                <td class="number">{between(attempt.startedAtMs, attempt.stoppedAtMs)}</td>
                <td
                  class={attempt.exitCode === undefined || attempt.exitCode === 0 ? 'number' : 'number bad'}
                >
                  {attempt.exitCode ?? ''}
                </td>
                <td class="remark">
                  {attempt.reason ??
                    attempt.statusReason ??
                    (attempt.stoppedAtMs === undefined ? 'under way' : '')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {notes.map((note) => (
        <p key={note} class="quiet small note">
          {note}
        </p>
      ))}
    </section>
  );
}

function clock(atMs: number | undefined): string {
  return atMs === undefined ? '' : formatClock(atMs);
}

function between(fromMs: number | undefined, toMs: number | undefined): string {
  return fromMs === undefined || toMs === undefined ? '' : formatDuration(toMs - fromMs);
}

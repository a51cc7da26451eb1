// A job's attempts: where each ran, for how long, and how it ended.
import { formatClock, formatDuration } from '../format.ts';
import type { Attempt, AttemptStage } from '../../api/console/wire.ts';
import type { LaunchStage } from '../timeline-parts.ts';
import { STAGE_WORDS } from '../timeline-parts.ts';

/** In their order. Runtimes that do not tell them apart have the last one only, which then is all of it. */
const LAUNCH_STAGES: readonly LaunchStage[] = ['placed', 'provisioned', 'pulled', 'started'];

export function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const stages = LAUNCH_STAGES.filter(
    (stage) => stage === 'started' || attempts.some((attempt) => stageOf(attempt, stage)),
  );
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
              {stages.map((stage) => (
                <th key={stage} class="number">
                  {STAGE_WORDS[stage].name}
                </th>
              ))}
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
                <td class="number">{lasted(attempt, 'queued')}</td>
                <td class="number">{clock(attempt.placedAtMs)}</td>
                {stages.map((stage) => (
                  <td key={stage} class="number">
                    {lasted(attempt, stage)}
                  </td>
                ))}
                <td class="number">{clock(attempt.startedAtMs)}</td>
                <td class="number">{lasted(attempt, 'ran')}</td>
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

function stageOf({ stages }: Attempt, wanted: AttemptStage['stage']): AttemptStage | undefined {
  return stages.find(({ stage }) => stage === wanted);
}

function lasted(attempt: Attempt, wanted: AttemptStage['stage']): string {
  const stage = stageOf(attempt, wanted);
  return stage ? formatDuration(stage.toMs - stage.fromMs) : '';
}

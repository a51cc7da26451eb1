// Watches the example's two jobs and keeps a line about them: how many tiles are done, run and wait, and how fast it goes.
import type { JobDetail } from '@aws-sdk/client-batch';
import type { RenderJobs } from '../examples/render/submit.ts';
import { pause } from './follow-job.ts';
import { createProgress } from './progress.ts';
import type { Output, Terminal } from './terminal.ts';
import type { Visit } from './use-server.ts';
import { countChildren, formatCounts, formatDuration, isEnded, type ArrayCounts } from './wording.ts';

export type RenderEnd =
  | { readonly outcome: 'succeeded' | 'interrupted' }
  | { readonly outcome: 'failed'; readonly job: JobDetail };

const lookEveryMs = 200;
const barWidth = 24;

/** Resolves when the picture is assembled, when either job has failed, or at the interrupt. */
export async function watchRender(
  terminal: Terminal,
  { batch }: Visit,
  jobs: RenderJobs,
  interrupt: Promise<void>,
): Promise<RenderEnd> {
  const progress = createProgress(terminal.out);
  const leave = new AbortController();
  void interrupt.then(() => leave.abort());
  const startedMs = performance.now();
  for (;;) {
    const answer = await batch.describeJobs({ jobs: [jobs.renderJobId, jobs.assembleJobId] });
    const render = answer.jobs?.find((job) => job.jobId === jobs.renderJobId);
    const assemble = answer.jobs?.find((job) => job.jobId === jobs.assembleJobId);
    if (!render || !assemble) throw new Error('the server no longer knows the jobs it accepted');
    progress.update(progressLine(terminal.out, render, assemble, performance.now() - startedMs));
    const failed = [render, assemble].find((job) => job.status === 'FAILED');
    if (failed || isEnded(assemble.status) || leave.signal.aborted) {
      progress.finish();
      if (failed) return { outcome: 'failed', job: failed };
      return { outcome: assemble.status === 'SUCCEEDED' ? 'succeeded' : 'interrupted' };
    }
    await pause(lookEveryMs, leave.signal);
  }
}

function progressLine(output: Output, render: JobDetail, assemble: JobDetail, elapsedMs: number): string {
  const counts = countChildren(render.arrayProperties ?? {});
  const done = counts.succeeded + counts.failed;
  const rate = done === 0 ? '' : `${(done / (elapsedMs / 1000)).toFixed(1)} tiles/s`;
  const assembly = render.status === 'SUCCEEDED' ? `assembly ${assemble.status}` : '';
  const facts = [formatCounts(counts), rate, assembly, formatDuration(elapsedMs)].filter(Boolean).join('  ');
  return output.columns === undefined ? facts : `${bar(counts)} ${facts}`;
}

function bar({ size, succeeded, failed, running }: ArrayCounts): string {
  const cells = (count: number): number => (size === 0 ? 0 : Math.round((count * barWidth) / size));
  const done = cells(succeeded + failed);
  const underWay = Math.min(barWidth - done, Math.max(running > 0 ? 1 : 0, cells(running)));
  return '█'.repeat(done) + '▒'.repeat(underWay) + '░'.repeat(barWidth - done - underWay);
}

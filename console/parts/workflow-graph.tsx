// The jobs that hang together with one job by what waits for what, each with its state.
import { formatCount } from '../format.ts';
import { useChanges, useLoaded } from '../hooks.ts';
import { jobHref } from '../route.ts';
import { read } from '../server.ts';
import type { JobRow, WorkflowAnswer } from '../../api/console/wire.ts';
import { Graph } from './graph.tsx';
import { Failure } from './notices.tsx';
import { sizeOf, statusWord } from './status.tsx';

const KIND_WORDS = {
  SUCCESS: undefined,
  ANY: 'any end',
  FAILURE: 'failure',
  N_TO_N: 'child by child',
} as const;

/** Who waits for whom is gathered anew each time: dearer than other readings. */
const RELOAD_MS = 2_000;

export function WorkflowGraph({ jobId }: { readonly jobId: string }) {
  const { value, error, reload } = useLoaded(
    `workflow-${jobId}`,
    (signal) => read<WorkflowAnswer>(`jobs/${encodeURIComponent(jobId)}/workflow`, signal),
    RELOAD_MS,
  );
  useChanges((message) => {
    const shown = new Set(value?.jobs.map((row) => row.jobId));
    const isOurs = message?.jobs.some(([id]) => shown.has(id)) || message?.wholes.some((id) => shown.has(id));
    if (!message || isOurs) reload();
  });
  if (error !== undefined) return <Failure message={error} again={reload} />;
  if (!value) return <p class="quiet">Looking …</p>;
  if (value.jobs.length < 2) return <p class="quiet">It waits for no job, and no job waits for it.</p>;
  return (
    <>
      <p class="quiet small">
        {formatCount(value.jobs.length)} jobs{value.more && ': the nearest ones, there are more'}
      </p>
      <Graph
        label={`Workflow of ${value.jobs.length} jobs`}
        boxes={value.jobs.map((row) => ({
          id: row.jobId,
          name: row.name,
          remark: remarkOf(row),
          look: `status-${row.status}`,
          title: `${row.name}: ${remarkOf(row)}`,
          href: jobHref(row.jobId),
          isCurrent: row.jobId === jobId,
        }))}
        arrows={value.edges.map(({ from, to, kind }) => ({
          from,
          to,
          ...(KIND_WORDS[kind] === undefined ? {} : { label: KIND_WORDS[kind] }),
          look: `arrow-${kind}`,
        }))}
      />
    </>
  );
}

function remarkOf({ status, children, held }: JobRow): string {
  const state = held ? 'Held' : statusWord(status);
  if (!children) return state;
  const size = sizeOf(children);
  return `${state}, ${formatCount(children.SUCCEEDED + children.FAILED)} of ${formatCount(size)}`;
}

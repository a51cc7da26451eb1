// The nodes of a multi-node job side by side: each with its state, the main one first; a click shows what it wrote.
import { useState } from 'preact/hooks';
import { formatCount, formatDuration } from '../format.ts';
import { useNow } from '../hooks.ts';
import { jobHref } from '../route.ts';
import { JOB_STATUSES } from '../../api/console/wire.ts';
import type { JobRow, JobStatus, NodeAnswer } from '../../api/console/wire.ts';
import { LogView } from './log-view.tsx';
import { statusWord } from './status.tsx';

/** More are shown on request. */
const SHOWN = 120;

export function Nodes({ nodes }: { readonly nodes: readonly NodeAnswer[] }) {
  const main = nodes.find(({ isMain }) => isMain) ?? nodes[0];
  const [chosen, setChosen] = useState(main?.row.jobId);
  const [isWhole, setWhole] = useState(nodes.length <= SHOWN);
  const nowMs = useNow();
  const node = nodes.find(({ row }) => row.jobId === chosen) ?? main;
  return (
    <section aria-labelledby="nodes">
      <h2 id="nodes">
        Nodes <span class="quiet">{countsText(nodes)}</span>
      </h2>
      <ul class="nodes" aria-label="Nodes">
        {(isWhole ? nodes : nodes.slice(0, SHOWN)).map(({ row, isMain, address }) => (
          <li key={row.jobId}>
            <button
              type="button"
              class={`node status-${row.status}`}
              aria-pressed={row.jobId === node?.row.jobId}
              onClick={() => setChosen(row.jobId)}
            >
              <span class="node-name">
                {row.index}
                {isMain && <span class="quiet"> main</span>}
              </span>
              <span class="node-state">{statusWord(row.status)}</span>
              <span class="quiet small node-facts">
                {[ranFor(row, nowMs), exitOf(row), address ?? ''].filter((fact) => fact !== '').join(' · ')}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {!isWhole && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {formatCount(nodes.length)}
        </button>
      )}
      {node && (
        <LogView
          key={node.row.jobId}
          jobId={node.row.jobId}
          sources={node.logs}
          title={`Log of node ${node.row.index ?? ''}`}
          more={<a href={jobHref(node.row.jobId)}>All of node {node.row.index}</a>}
        />
      )}
    </section>
  );
}

function countsText(nodes: readonly NodeAnswer[]): string {
  const countOf = (status: JobStatus): number => nodes.filter(({ row }) => row.status === status).length;
  return JOB_STATUSES.filter((status) => countOf(status) > 0)
    .map((status) => `${formatCount(countOf(status))} ${statusWord(status).toLowerCase()}`)
    .join(', ');
}

function ranFor({ startedAtMs, stoppedAtMs }: JobRow, nowMs: number): string {
  return startedAtMs === undefined ? '' : formatDuration((stoppedAtMs ?? nowMs) - startedAtMs);
}

function exitOf({ exitCode }: JobRow): string {
  return exitCode === undefined ? '' : `exit ${exitCode}`;
}

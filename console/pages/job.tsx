// One job: where it is in its life, why it waits, what it wrote, and what was asked for.
import { useEffect } from 'preact/hooks';
import { formatAge, formatCount, sentenceOf, shortId } from '../format.ts';
import { serverNow, useChanges, useLine, useLoaded, useTitle } from '../hooks.ts';
import { Attempts } from '../parts/attempts.tsx';
import { Copied } from '../parts/copied.tsx';
import { Definition } from '../parts/definition.tsx';
import { HeatMap } from '../parts/heat-map.tsx';
import { ORDINARY_REASON } from '../parts/job-table.tsx';
import { Later } from '../parts/later.tsx';
import { Linked } from '../parts/linked.tsx';
import { LogView } from '../parts/log-view.tsx';
import { MachineGraph } from '../parts/machine-graph.tsx';
import { Nodes } from '../parts/nodes.tsx';
import { Failure, Loading } from '../parts/notices.tsx';
import { QueueButtons } from '../parts/queue-buttons.tsx';
import { RerunButton } from '../parts/rerun-button.tsx';
import { Progress, Status } from '../parts/status.tsx';
import { StopButtons } from '../parts/stop-buttons.tsx';
import { Timeline } from '../parts/timeline.tsx';
import { Waited } from '../parts/waited.tsx';
import { WorkflowGraph } from '../parts/workflow-graph.tsx';
import { jobHref, jobsHref } from '../route.ts';
import { read } from '../server.ts';
import type { JobAnswer } from '../../api/console/wire.ts';

export function JobPage({ jobId }: { readonly jobId: string }) {
  const line = useLine();
  const { value, error, reload } = useLoaded(`job-${jobId}`, (signal) =>
    read<JobAnswer>(`jobs/${encodeURIComponent(jobId)}`, signal),
  );
  useEffect(() => {
    line.follow(jobId);
    return () => line.follow(undefined);
  }, [line, jobId]);
  const isOver = value?.row.status === 'SUCCEEDED' || value?.row.status === 'FAILED';
  const position = value?.why?.position;
  useChanges((message) => {
    const isOwn = message?.jobs.some(([id]) => id === jobId) || message?.wholes.includes(jobId);
    // While it stands in line, others leaving the line change its position.
    if (!message || isOwn || (position !== undefined && !isOver)) reload();
  });
  useTitle(value ? value.row.name : shortId(jobId));
  if (error !== undefined) return <Failure message={error} again={reload} />;
  if (!value) return <Loading />;
  return <Job answer={value} reload={reload} />;
}

function Job({ answer, reload }: { readonly answer: JobAnswer; readonly reload: () => void }) {
  const { row, queue, parentId, detail, timeline, attempts, logs, waitsFor, nodes, machine } = answer;
  const isWhole = parentId === undefined;
  return (
    <article class="job">
      <header class="job-head">
        <div>
          <p class="crumbs quiet">
            <a href={jobsHref({ queue })}>{queue}</a>
            {parentId !== undefined && (
              <>
                {' / '}
                <a href={jobHref(parentId)}>{shortId(parentId)}</a>
                {' / '}
                {row.kind === 'node' ? 'node' : 'child'} {row.index}
              </>
            )}
          </p>
          <h1>{row.name}</h1>
          <p class="job-facts">
            <Status status={row.status} stopping={row.stopping} />
            <Progress row={row} />
            <Copied text={row.jobId} label={row.jobId} />
          </p>
        </div>
        <div class="actions">
          <RerunButton row={row} />
          <QueueButtons answer={answer} onChanged={reload} />
          <StopButtons row={row} onStopped={reload} />
        </div>
      </header>
      <Timeline steps={timeline} attempts={attempts} />
      <Why answer={answer} />
      {row.kind === 'array' && (
        <section aria-labelledby="children">
          <h2 id="children">Children</h2>
          <HeatMap jobId={row.jobId} />
        </section>
      )}
      {waitsFor.length > 0 && <Waited waitsFor={waitsFor} />}
      {nodes.length > 0 && <Nodes nodes={nodes} />}
      {row.kind !== 'array' && row.kind !== 'multinode' && (
        <LogView
          jobId={row.jobId}
          sources={logs}
          isOver={row.status === 'SUCCEEDED' || row.status === 'FAILED'}
        />
      )}
      {attempts.length > 0 && <Attempts attempts={attempts} />}
      {isWhole && (
        <details class="part" open={answer.hasWorkflow}>
          <summary>Workflow</summary>
          <Later>{() => <WorkflowGraph jobId={row.jobId} />}</Later>
        </details>
      )}
      {row.kind !== 'array' && row.kind !== 'node' && (
        <details class="part" open>
          <summary>State machine</summary>
          <Later>{() => <MachineGraph place={machine} />}</Later>
        </details>
      )}
      <Definition detail={detail} overridden={answer.overridden} />
    </article>
  );
}

/** Why it waits; or why it ended as it did, where that is more than its exit code. */
function Why({ answer: { row, why, detail, heldAtMs } }: { readonly answer: JobAnswer }) {
  if (heldAtMs !== undefined) {
    return (
      <p class="callout">
        <strong>Held</strong> since {formatAge(serverNow() - heldAtMs)}: it stands in no line until it is
        released.
      </p>
    );
  }
  if (row.status === 'FAILED') {
    const exit = row.exitCode === undefined ? '' : `It ended with exit code ${row.exitCode}. `;
    const reason =
      row.statusReason === ORDINARY_REASON ? '' : sentenceOf(row.statusReason ?? 'No reason is known');
    return (
      <p class="callout callout-bad">
        {exit}
        <Linked text={reason} />
      </p>
    );
  }
  // The children are right below.
  if (!why?.reason || why.reason.code === 'CHILDREN') return null;
  const isBlocked = why.reason.code === 'NEVER_FITS' || detail['statusReason'] !== undefined;
  return (
    <p class={isBlocked ? 'callout callout-bad' : 'callout'}>
      {why.position !== undefined && <strong>Position {formatCount(why.position)} in line. </strong>}
      <Linked text={sentenceOf(why.reason.message)} />
    </p>
  );
}

// Every queue and compute environment of the Region, and the machine below them.
import { useEffect } from 'preact/hooks';
import { formatCount, formatDuration, formatMemory, shortId } from '../format.ts';
import { useAccountEndpoint, useChanges, useLoaded, useNow, useTitle } from '../hooks.ts';
import { Linked } from '../parts/linked.tsx';
import { Empty, Failure, Loading } from '../parts/notices.tsx';
import { Environments } from '../parts/environments.tsx';
import { HistoryCharts } from '../parts/history-charts.tsx';
import { Meter } from '../parts/meter.tsx';
import { statusWord } from '../parts/status.tsx';
import { jobHref, jobsHref } from '../route.ts';
import { read } from '../server.ts';
import type { JobStatus } from '../../api/console/wire.ts';
import type { Count, QueueOverview, Use } from '../../engine/overview-answer.ts';
import type { OverviewAnswer } from '../../api/console/wire.ts';

/** Queues and environments may change without a job that changes. */
const REFRESH_MS = 15_000;

export function OverviewPage() {
  useTitle('');
  const { value, error, reload } = useLoaded('overview', (signal) =>
    read<OverviewAnswer>('overview', signal),
  );
  useChanges(reload);
  useEffect(() => {
    const timer = setInterval(reload, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (error !== undefined) return <Failure message={error} again={reload} />;
  if (!value) return <Loading />;
  const { machine, queues, environments } = value;
  const isUntouched = queues.every(({ byState }) => Object.values(byState).every(({ count }) => count === 0));
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <Gauges machine={machine} environments={environments} />
      {isUntouched ? <FirstJob /> : <HistoryCharts />}
      <Queues queues={queues} />
      <Environments environments={environments} />
    </>
  );
}

/** A machine has an end; in an account that is what its environments may have together. */
function Gauges({ machine, environments }: Pick<OverviewAnswer, 'machine' | 'environments'>) {
  const isAccount = useAccountEndpoint() !== undefined;
  const [vcpus, memoryMiB, gpus] = (['vcpus', 'memoryMiB', 'gpus'] as const).map((kind) =>
    isAccount ? together(environments.map((environment) => environment[kind])) : machine[kind],
  ) as [Use, Use, Use]; // as many as there are kinds
  return (
    <section class="gauges" aria-label={isAccount ? 'This account' : 'This machine'}>
      <Meter name="vCPUs in use" use={vcpus} />
      <Meter name="Memory reserved" use={memoryMiB} format={formatMemory} />
      {((gpus.max ?? 0) > 0 || gpus.used > 0) && <Meter name="GPUs in use" use={gpus} />}
    </section>
  );
}

function together(uses: readonly Use[]): Use {
  const used = uses.reduce((sum, use) => sum + use.used, 0);
  if (uses.length === 0 || uses.some(({ max }) => max === undefined)) return { used };
  return { used, max: uses.reduce((sum, { max = 0 }) => sum + max, 0) };
}

function FirstJob() {
  const endpoint = useAccountEndpoint();
  return (
    <Empty title="No jobs yet">
      <p>
        {endpoint === undefined
          ? 'Submit one in a terminal, in the folder of the server; it appears here at once:'
          : 'Submit one in a terminal; it appears here within seconds:'}
      </p>
      <p>
        <code>npx slipway run {endpoint !== undefined && `--endpoint ${endpoint} `}-- echo hello</code>
      </p>
    </Empty>
  );
}

const SHOWN_STATES = ['PENDING', 'SUCCEEDED', 'FAILED'] as const satisfies readonly JobStatus[];

function Queues({ queues }: { readonly queues: readonly QueueOverview[] }) {
  const nowMs = useNow();
  return (
    <section aria-labelledby="queues">
      <h2 id="queues">Queues</h2>
      <div class="scroll">
        <table class="queues">
          <thead>
            <tr>
              <th>Queue</th>
              <th class="number">In line</th>
              <th class="number">Placed</th>
              {SHOWN_STATES.map((status) => (
                <th key={status} class="number">
                  {statusWord(status)}
                </th>
              ))}
              <th class="number">Longest wait</th>
              <th>Standing</th>
            </tr>
          </thead>
          <tbody>
            {queues.map((queue) => (
              <tr key={queue.name}>
                <th scope="row">
                  <a href={jobsHref({ queue: queue.name })}>{queue.name}</a>
                  <span class="quiet small under">
                    priority {queue.priority} · {queue.environments.join(', ')}
                  </span>
                </th>
                <td class="number" data-label="In line">
                  <CountLink queue={queue.name} status="RUNNABLE" count={queue.waiting} />
                </td>
                <td class="number" data-label="Placed">
                  <CountLink
                    queue={queue.name}
                    status="RUNNING"
                    count={{ count: queue.placed, more: false }}
                  />
                </td>
                {SHOWN_STATES.map((status) => (
                  <td key={status} class="number" data-label={statusWord(status)}>
                    <CountLink queue={queue.name} status={status} count={queue.byState[status]} />
                  </td>
                ))}
                <td class="number" data-label="Longest wait">
                  {queue.oldestSinceMs === undefined ? (
                    <span class="none">–</span>
                  ) : (
                    formatDuration(nowMs - queue.oldestSinceMs)
                  )}
                </td>
                <td>
                  <Standing queue={queue} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function CountLink(props: { readonly queue: string; readonly status: JobStatus; readonly count: Count }) {
  const { queue, status, count } = props;
  if (count.count === 0) return <span class="none">0</span>;
  return (
    <a href={jobsHref({ queue, status })} class={status === 'FAILED' ? 'bad' : undefined}>
      {formatCount(count.count)}
      {count.more && '+'}
    </a>
  );
}

function Standing({ queue }: { readonly queue: QueueOverview }) {
  const { blocked, unplaceable, state, status } = queue;
  if (status !== 'VALID') return <span class="warn">{status.toLowerCase()}</span>;
  return (
    <>
      {state === 'DISABLED' && <span class="warn">takes no new jobs </span>}
      {blocked && (
        <span class={blocked.code === 'NO_CAPACITY' ? 'quiet' : 'warn'}>
          Its first job, <a href={jobHref(blocked.jobId)}>{shortId(blocked.jobId)}</a>,{' '}
          <Linked text={blocked.message} />
        </span>
      )}
      {unplaceable.count > 0 && (
        <a class="bad" href={jobsHref({ queue: queue.name, status: 'RUNNABLE' })}>
          {formatCount(unplaceable.count)}
          {unplaceable.more && '+'} can never be placed
        </a>
      )}
      {state === 'ENABLED' && !blocked && unplaceable.count === 0 && <span class="quiet">flowing</span>}
    </>
  );
}

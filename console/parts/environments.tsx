// Compute environments: what they use, want and may have at most, and their instances as they come and go.
import { formatAge, formatCount, formatMemory, formatPlural } from '../format.ts';
import { useNow } from '../hooks.ts';
import type { EnvironmentOverview, InstanceOverview } from '../../engine/overview-answer.ts';
import { Meter } from './meter.tsx';

export function Environments({ environments }: { readonly environments: readonly EnvironmentOverview[] }) {
  return (
    <section aria-labelledby="environments">
      <h2 id="environments">Compute environments</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Environment</th>
              <th>vCPUs used</th>
              <th class="number">Wanted</th>
              <th class="number">Memory</th>
              <th class="number">GPUs</th>
              <th class="number">Placed</th>
              <th>Standing</th>
            </tr>
          </thead>
          <tbody>
            {environments.map((environment) => (
              <EnvironmentRows key={environment.name} environment={environment} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function EnvironmentRows({ environment }: { readonly environment: EnvironmentOverview }) {
  const { name, kind, vcpus, wantedVcpus, memoryMiB, gpus, placements, instances } = environment;
  return (
    <>
      <tr>
        <th scope="row">
          {name} <span class="quiet small">{kind}</span>
        </th>
        <td class="meter-cell">
          <Meter name={`vCPUs of ${name}`} use={vcpus} />
        </td>
        <td class="number">{wantedVcpus ?? <span class="none">–</span>}</td>
        <td class="number">{formatMemory(memoryMiB.used)}</td>
        <td class="number">{gpus.used === 0 ? <span class="none">–</span> : gpus.used}</td>
        <td class="number">{formatCount(placements)}</td>
        <td>
          <Standing environment={environment} />
        </td>
      </tr>
      {instances && (
        <tr class="instances-row">
          <td colSpan={7}>
            <Instances instances={instances} />
          </td>
        </tr>
      )}
    </>
  );
}

function Standing({
  environment: { state, status, statusReason },
}: {
  readonly environment: EnvironmentOverview;
}) {
  if (status === 'VALID' && state === 'ENABLED') return <span class="quiet">takes jobs</span>;
  return <span class="warn">{state === 'DISABLED' ? 'disabled' : statusReason}</span>;
}

function Instances({ instances }: { readonly instances: NonNullable<EnvironmentOverview['instances']> }) {
  const { shown, count, launched } = instances;
  const gone = launched - count;
  return (
    <>
      <p class="quiet small">
        {formatPlural(count, 'instance')}
        {gone > 0 && `, ${formatCount(gone)} gone since the first`}
        {count > shown.length && `; the oldest ${shown.length}:`}
      </p>
      <ul class="instances">
        {shown.map((instance) => (
          <Instance key={instance.id} instance={instance} />
        ))}
      </ul>
    </>
  );
}

function Instance({ instance }: { readonly instance: InstanceOverview }) {
  const nowMs = useNow(5_000);
  const { id, type, vcpus, memoryMiB, tasks, launchedAtMs, isSpot } = instance;
  const look = instance.leaving ? 'leaving' : tasks === 0 ? 'idle' : 'busy';
  const facts = [
    `${vcpus.used} of ${vcpus.max ?? 0} vCPUs`,
    `${formatMemory(memoryMiB.used)} of ${formatMemory(memoryMiB.max ?? 0)}`,
    formatPlural(tasks, 'task'),
  ];
  return (
    <li class={`instance instance-${look}`} title={`${id}: ${facts.join(', ')}`}>
      <span class="instance-type">
        {type}
        {isSpot && <span class="quiet"> Spot</span>}
      </span>
      <span class="track" aria-hidden="true">
        <span class="track-used" style={{ width: `${shareOf(vcpus) * 100}%` }} />
      </span>
      <span class="quiet small">
        {look === 'leaving' ? 'leaving' : look === 'idle' ? 'empty' : formatPlural(tasks, 'task')} ·{' '}
        {nowMs - launchedAtMs < 60_000 ? 'new' : `up ${formatAge(nowMs - launchedAtMs).replace(' ago', '')}`}
      </span>
    </li>
  );
}

function shareOf({ used, max = 0 }: InstanceOverview['vcpus']): number {
  return max === 0 ? 0 : Math.min(1, used / max);
}

// What happens to a cloud of machines beside what happens to any: machines are lost, and their owners change what they are made
// of, make environments and delete them, while jobs run.
import type { SeededRandom } from '../seeded-random.ts';
import { environmentInput, PREFIX, request } from './cloud-client.ts';
import type { CloudSize, Users } from './cloud-workload.ts';

/** Environments that come and go beside those that queues use. */
const EXTRAS: readonly [string, string] = ['extra0', 'extra1'];

export function drawMachineSize(random: SeededRandom): CloudSize {
  return {
    environments: random.pick<CloudSize['environments']>([
      ['EC2'],
      ['SPOT', 'EC2'],
      ['EC2', 'EC2'],
      ['SPOT'],
    ]),
    maxVcpus: random.pick([8, 16, 32]),
    queues: random.pick([1, 2, 2, 3]),
    fairQueues: random.pick([0, 0, 1]),
  };
}

export function loseSome({ cloud, random }: Users): void {
  const machine = random.pickSome(cloud.machines.live());
  if (!machine) return;
  const happen = random.pick<() => void>([
    () => cloud.machines.kill(machine),
    () => cloud.machines.kill(machine, 'silently'),
    () => cloud.machines.interrupt(machine),
    () => cloud.machines.fall(machine, random.int(5_000, 150_000)),
  ]);
  happen();
}

/** An infrastructure update: machines are replaced, and what runs on them gets some time, or none. */
export async function changeInfrastructure({ cloud, random, size }: Users): Promise<void> {
  const computeEnvironment = `ce${random.int(0, size.environments.length - 1)}`;
  const instanceTypes = random.pick([
    ['m5.large', 'm5.xlarge'],
    ['c5.large', 'm5.xlarge'],
    ['m5.large', 'c5.large', 'm5.xlarge'],
  ]);
  const updatePolicy = random.pick([
    { terminateJobsOnUpdate: true, jobExecutionTimeoutMinutes: 30 },
    { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: 2 },
  ]);
  cloud.trace(`replace the machines of ${computeEnvironment} ${JSON.stringify(updatePolicy)}`);
  await request(cloud, 'updatecomputeenvironment', {
    computeEnvironment,
    computeResources: { instanceTypes },
    updatePolicy,
  });
}

export async function makeEnvironment({ cloud, random }: Users): Promise<void> {
  const name = random.pick(EXTRAS);
  const minvCpus = random.pick([0, 2]);
  await request(
    cloud,
    'createcomputeenvironment',
    environmentInput(name, random.pick(['EC2', 'SPOT']), 8, { minvCpus }),
  );
}

/** In two calls, as it must be done; which of them comes, and when, is left to chance. */
export async function deleteEnvironment({ cloud, random }: Users): Promise<void> {
  const computeEnvironment = random.pick(EXTRAS);
  if (random.chance(0.5)) await request(cloud, 'deletecomputeenvironment', { computeEnvironment });
  else await request(cloud, 'updatecomputeenvironment', { computeEnvironment, state: 'DISABLED' });
}

/** Nobody uses them: they can go, whatever was begun with them. */
export async function deleteExtras({ cloud }: Users): Promise<void> {
  for (const computeEnvironment of EXTRAS) {
    const arn = `${PREFIX}compute-environment/${computeEnvironment}`;
    const isThere = (): boolean => [...cloud.rows.environments.keys()].some((own) => own === arn);
    for (let tries = 0; isThere(); tries += 1) {
      if (tries === TRIES) cloud.watched.violated('1 not lost', `${computeEnvironment} cannot be deleted`);
      void request(cloud, 'updatecomputeenvironment', { computeEnvironment, state: 'DISABLED' });
      await cloud.advance(30_000);
      void request(cloud, 'deletecomputeenvironment', { computeEnvironment });
      await cloud.advance(60_000);
    }
  }
}
const TRIES = 60;

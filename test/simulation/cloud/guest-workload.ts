// Who comes to a cloud beside its users: callers whom policies bind, and whose policies change; and a stack that makes, changes and
// deletes an environment of its own, one request after the other, as CloudFormation does.
import { environmentInput, PREFIX, request } from './cloud-client.ts';
import type { Users } from './cloud-workload.ts';
import type { StackAnswerTold } from './simulated-stack.ts';

const ROLES = ['submitter', 'reader', 'nobody'] as const;
const ACTIONS = ['SubmitJob', 'DescribeJobs', 'ListJobs', 'TerminateJob'];
const STACKED = 'stacked';

export interface Guests {
  /** Names of jobs whose submission was refused: there must be none of them. */
  readonly refused: string[];
  /** What the stack asked for last; absent before it asked for anything. */
  lastAsked?: {
    readonly kind: 'Create' | 'Update' | 'Delete';
    readonly told: () => StackAnswerTold | undefined;
  };
  names: number;
}

export function newGuests(): Guests {
  return { refused: [], names: 0 };
}

export function changePolicy({ cloud, random, size }: Users): void {
  const role = random.pick(ROLES);
  const queues = Array.from({ length: size.queues }, (_, index) => `queue${index}`);
  const policy = {
    actions: ACTIONS.filter(() => random.chance(0.6)),
    queues: queues.filter(() => random.chance(0.6)),
  };
  cloud.trace(`policy of ${role}: ${JSON.stringify(policy)}`);
  cloud.iam.setPolicy(role, policy);
}

/** Whether it was allowed is the witness's to say: access-invariants.ts. */
export async function callAsGuest({ cloud, random, size }: Users, guests: Guests): Promise<void> {
  const role = random.pick(ROLES);
  if (random.chance(0.4)) {
    await request(cloud, 'describejobs', { jobs: [...cloud.rows.jobs.keys()].slice(0, 3) }, role);
    return;
  }
  const jobName = `guest-${(guests.names += 1)}`;
  const jobQueue = `queue${random.int(0, size.queues - 1)}`;
  const share = random.chance(0.5) ? { shareIdentifier: 'red' } : {};
  const body = { jobName, jobQueue, jobDefinition: 'on-machines', ...share };
  const { status } = await request(cloud, 'submitjob', body, role);
  if (status === 403) guests.refused.push(jobName);
}

/** The next request of the stack, once the last one was answered. */
export function moveStack({ cloud, random }: Users, guests: Guests): void {
  const { lastAsked } = guests;
  const told = lastAsked?.told();
  if (lastAsked && !told) return;
  const exists = lastAsked !== undefined && lastAsked.kind !== 'Delete';
  const kind = exists ? random.pick(['Update', 'Update', 'Delete'] as const) : 'Create';
  askStack(cloud, guests, kind, random.pick([4, 8]));
}

function askStack(
  cloud: Users['cloud'],
  guests: Guests,
  kind: 'Create' | 'Update' | 'Delete',
  maxvCpus = 4,
): void {
  const last = guests.lastAsked?.told()?.PhysicalResourceId;
  const hasFailed = guests.lastAsked?.kind === 'Create' && guests.lastAsked.told()?.Status === 'FAILED';
  // What could not be made is deleted again, and nothing else.
  const asked = hasFailed ? 'Delete' : kind;
  cloud.trace(`stack: ${asked} ${STACKED}`);
  const { told } = cloud.stack.ask({
    RequestType: asked,
    ResourceType: 'Custom::SlipwayComputeEnvironment',
    LogicalResourceId: 'Environment',
    input: environmentInput(STACKED, 'EC2', maxvCpus),
    ...(asked === 'Create' ? {} : { PhysicalResourceId: last ?? '' }),
  });
  guests.lastAsked = { kind: asked, told };
}

/** In fair weather: every request is answered, and what the stack made goes with it. */
export async function endGuests({ cloud }: Users, guests: Guests): Promise<void> {
  const isAnswered = (): boolean => guests.lastAsked?.told() !== undefined;
  if (!guests.lastAsked) return;
  await cloud.until('the stack is answered', isAnswered, 2 * 3_600_000);
  if (guests.lastAsked.kind !== 'Delete' || guests.lastAsked.told()?.Status === 'FAILED') {
    askStack(cloud, guests, 'Delete');
    await cloud.until('the stack is answered', isAnswered, 2 * 3_600_000);
  }
  const { told } = guests.lastAsked;
  const arn = `${PREFIX}compute-environment/${STACKED}`;
  const isThere = [...cloud.rows.environments.keys()].some((own) => own === arn);
  if (told()?.Status !== 'SUCCESS' || isThere)
    cloud.watched.violated('1 not lost', `what the stack made is not deleted: ${JSON.stringify(told())}`);
  for (const { jobId, spec } of cloud.rows.jobs.values())
    if (guests.refused.includes(spec.jobName))
      cloud.watched.violated('8 access', `${jobId} was refused, and is there`);
}

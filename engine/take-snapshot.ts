// What the plan is made from: the heads of the queues' lines, and what is in use. A bounded number of rows, however many
// jobs wait: the heads of a FIFO queue, or those of each active share.
import type { ComputeEnvironmentArn, EpochMs, JobId, QueueArn } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { MultiNodeJob } from '../core/job/node.ts';
import { groupOfNode, isMultiNode } from '../core/job/node.ts';
import { findInstanceType } from '../core/placement/instances/instance-types.ts';
import type { PartDemand } from '../core/placement/fleet-capacity.ts';
import type { Fleet } from '../core/placement/fleet.ts';
import { refusalsAt } from '../core/placement/refusals.ts';
import type { FairsharePolicy } from '../core/queue/scheduling-policy.ts';
import type { Candidate, FairFront, ShareFront } from '../core/queue/line.ts';
import type { QueueSnapshot, Snapshot } from '../core/placement/snapshot.ts';
import type { Accounts } from './accounts.ts';
import { withBehind } from './count-behind.ts';
import { loadMachineryOf, upkeepFleets } from './fleets.ts';
import type { ScheduleDeps, SchedulingDomain } from './schedule-deps.ts';
import type { StoredJob } from './store/jobs.ts';
import { hasArriving, hasUnplaceable, queueHeads } from './store/lines.ts';
import type { Membership } from './store/shares.ts';
import { listMemberships } from './store/shares.ts';

type DomainQueue = SchedulingDomain['queues'][number];
type FairQueue = DomainQueue & { readonly fairShare: FairsharePolicy };

/** A share of a queue as it stands, for the sweep of idle ones. */
export interface ShareStanding {
  readonly queueArn: QueueArn;
  readonly membership: Membership;
  readonly isIdle: boolean;
}

export interface TakenSnapshot {
  readonly snapshot: Snapshot;
  /** The rows behind the candidates. */
  readonly jobs: ReadonlyMap<JobId, StoredJob>;
  readonly standings: readonly ShareStanding[];
}

const HEADS_PER_QUEUE = 100;
/** At least so many of each share, that one which is far behind can catch up within a pass. */
const HEADS_PER_SHARE = 2;

export async function takeSnapshot(
  deps: ScheduleDeps,
  domain: SchedulingDomain,
  accounts: Accounts,
  upkept?: ReadonlyMap<ComputeEnvironmentArn, Fleet>,
): Promise<TakenSnapshot> {
  const fleets = upkept ?? (await fleetsNow(deps, domain, accounts));
  const jobs = new Map<JobId, StoredJob>();
  const standings: ShareStanding[] = [];
  const queues = await Promise.all(
    domain.queues.map(async (queue): Promise<QueueSnapshot> => {
      const fair = queue.fairShare;
      const counted = (front: QueueSnapshot): Promise<QueueSnapshot> =>
        withBehind(deps.store, front, domain, fleets, deps.clock.now());
      if (!fair) return counted({ ...queue, ...(await fifoFront(deps, queue, jobs)) });
      const front = await fairFront(deps, domain, { ...queue, fairShare: fair }, accounts, jobs);
      standings.push(...front.standings);
      return counted({ ...queue, heads: [], fair: front.fair });
    }),
  );
  const { ledgers, consumables: counts } = accounts;
  await counts.load(deps.store.table, [...jobs.values()].flatMap(neededBy));
  const consumables = counts.stocks();
  const atMs = deps.clock.now();
  const environments = new Map(
    domain.environments.map(({ fleetRules: rules, ...ce }) => {
      const { used } = ledgers.entry(ce.ceArn);
      const now = fleets.get(ce.ceArn);
      return [ce.ceArn, rules && now ? { ...ce, used, fleet: { rules, now, atMs } } : { ...ce, used }];
    }),
  );
  if (!deps.host) return { snapshot: { queues, environments, consumables }, jobs, standings };
  const inUse = ledgers.entry('host');
  const freeGpuIds = deps.host.gpuIds.filter((id) => !inUse.gpuIds.includes(id));
  const host = { total: deps.host.total, used: inUse.used, freeGpuIds };
  return { snapshot: { queues, environments, host, consumables }, jobs, standings };
}

async function fleetsNow(
  { clock, store }: ScheduleDeps,
  domain: SchedulingDomain,
  accounts: Accounts,
): Promise<ReadonlyMap<ComputeEnvironmentArn, Fleet>> {
  const machinery = await loadMachineryOf(store.table, domain);
  return upkeepFleets(domain, accounts, clock.now(), { machinery }).fleets;
}

function neededBy({ job }: StoredJob): string[] {
  return (job.spec.consumables ?? []).map(({ arn }) => arn);
}

async function fifoFront(
  deps: ScheduleDeps,
  { queueArn }: DomainQueue,
  jobs: Map<JobId, StoredJob>,
): Promise<{ readonly heads: readonly Candidate[]; readonly mayHaveMore: boolean }> {
  const heads = await queueHeads(deps.store, queueArn, HEADS_PER_QUEUE);
  return {
    heads: candidatesOf(heads, jobs, deps.clock.now()),
    mayHaveMore: heads.length === HEADS_PER_QUEUE,
  };
}

function candidatesOf(heads: readonly StoredJob[], jobs: Map<JobId, StoredJob>, atMs: EpochMs): Candidate[] {
  for (const head of heads) jobs.set(head.job.jobId, head);
  return heads.map(({ job }) => {
    const refusals = refusalsAt(job.refusals, atMs);
    return refusals ? { ...candidateOf(job), refusals } : candidateOf(job);
  });
}

/** What a plan needs to know of a job in line, but for the environments that refused it just now. */
export function candidateOf(job: Job): Candidate {
  return {
    jobId: job.jobId,
    demand: job.spec.demand,
    ...(job.spec.consumables ? { consumables: job.spec.consumables } : {}),
    ...(isMultiNode(job) ? { isMultiNode: true, nodes: partsOfNodes(job) } : {}),
  };
}

/** Each node has an instance to itself; a type that the table does not know cannot be insisted on. */
function partsOfNodes(job: MultiNodeJob): readonly PartDemand[] {
  return Array.from({ length: job.spec.nodes.numNodes }, (_, index): PartDemand => {
    const { demand, instanceTypes } = groupOfNode(job.spec.nodes, index);
    const [instanceType] = (instanceTypes ?? []).filter((name) => findInstanceType(name));
    return { demand, alone: true, ...(instanceType === undefined ? {} : { instanceType }) };
  });
}

async function fairFront(
  deps: ScheduleDeps,
  domain: SchedulingDomain,
  queue: FairQueue,
  accounts: Accounts,
  jobs: Map<JobId, StoredJob>,
): Promise<{ readonly fair: FairFront; readonly standings: readonly ShareStanding[] }> {
  const { queueArn, fairShare: policy } = queue;
  const { store } = deps;
  const atMs: EpochMs = deps.clock.now();
  const memberships = await listMemberships(store.table, queueArn);
  const names = memberships.map(({ shareIdentifier }) => shareIdentifier);
  await accounts.shares.load(store.table, queueArn, names, policy);
  const limit = Math.max(HEADS_PER_SHARE, Math.ceil(HEADS_PER_QUEUE / Math.max(1, names.length)));
  const shares = await Promise.all(
    names.map(async (shareIdentifier): Promise<ShareFront> => {
      const heads = await queueHeads(store, queueArn, limit, shareIdentifier);
      const use = accounts.shares.use(queueArn, shareIdentifier);
      const mayHaveMore = heads.length === limit;
      return { shareIdentifier, use, heads: candidatesOf(heads, jobs, atMs), mayHaveMore };
    }),
  );
  const idle = await idleShares(deps, queueArn, shares);
  const fair = {
    policy,
    atMs,
    activeShares: shares.length - idle.size,
    maxVcpus: maxVcpusOf(deps, domain, queue),
    shares,
  };
  const standings = memberships.map((membership) => ({
    queueArn,
    membership,
    isIdle: idle.has(membership.shareIdentifier),
  }));
  return { fair, standings };
}

/** Shares without a job from SUBMITTED to RUNNING. While some of the queue's jobs are set aside, any share may have one. */
async function idleShares(
  deps: ScheduleDeps,
  queueArn: QueueArn,
  shares: readonly ShareFront[],
): Promise<ReadonlySet<string>> {
  const quiet = shares.filter(({ heads, use }) => heads.length === 0 && use.vcpus === 0);
  if (quiet.length === 0 || (await hasUnplaceable(deps.store, queueArn))) return new Set();
  const arriving = await Promise.all(
    quiet.map(({ shareIdentifier }) => hasArriving(deps.store, queueArn, shareIdentifier)),
  );
  const seemIdle = quiet.filter((_, index) => !arriving[index]);
  // A job may have come into line between the two looks: what was arriving at the first is in line by now.
  const arrived = await Promise.all(
    seemIdle.map(({ shareIdentifier }) => queueHeads(deps.store, queueArn, 1, shareIdentifier)),
  );
  const idle = seemIdle.filter((_, index) => arrived[index]?.length === 0);
  return new Set(idle.map(({ shareIdentifier }) => shareIdentifier));
}

/** What the environments of a queue may hold together, on the machine below them. */
function maxVcpusOf(deps: ScheduleDeps, domain: SchedulingDomain, queue: DomainQueue): number {
  const usable = domain.environments.filter((ce) => ce.usable && queue.environments.includes(ce.ceArn));
  const total = usable.reduce((sum, ce) => sum + ce.max.vcpus, 0);
  return Math.min(total, deps.host?.total.vcpus ?? Number.POSITIVE_INFINITY);
}

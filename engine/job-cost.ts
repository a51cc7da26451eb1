// What a job cost, or costs so far: its attempts priced one by one, an array as the sum of its children, a multi-node job by
// node. List prices of one Region: an estimate to compare by, never a bill. Work is bounded by an array's size.
import { attemptCost } from '../core/cost/attempt-cost.ts';
import type { Price } from '../core/cost/attempt-cost.ts';
import { PRICES_AS_OF } from '../core/cost/fargate-prices.ts';
import { pricedPlaceOf, withoutEnvironment } from '../core/cost/priced-place.ts';
import type { FoundPlace, KnownPlace } from '../core/cost/priced-place.ts';
import type { ComputeEnvironmentArn, JobId } from '../core/ids.ts';
import { nameOf } from '../core/ids.ts';
import type { Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/job.ts';
import { nodeViews } from '../core/job/node-view.ts';
import { fleetRulesOf } from '../core/placement/fleet-rules.ts';
import type { AttemptTime } from './attempt-times.ts';
import { attemptTimesOf } from './attempt-times.ts';
import type { ScheduleDeps } from './schedule-deps.ts';
import { getEnvironments } from './store/compute-environments.ts';
import type { JobStore } from './store/jobs.ts';
import { getJob, listByStatus } from './store/jobs.ts';
import { Ledgers } from './store/ledger.ts';

export interface PricedAttempt {
  readonly attempt: number;
  readonly node?: number;
  readonly environment: string;
  readonly seconds: number;
  /** It goes on, and so does its cost. */
  readonly isUnderWay: boolean;
  readonly usd: number;
  readonly basis: string;
  /** On a machine of one's own: what AWS would charge for the same. */
  readonly inAws?: Price;
}

/** Attempts of one environment with one basis, together. */
export interface CostPart extends Omit<PricedAttempt, 'attempt' | 'node' | 'isUnderWay'> {
  readonly attempts: number;
}

export interface JobCost {
  readonly jobId: JobId;
  readonly jobName: string;
  readonly status: Job['status'];
  readonly usd: number;
  /** What AWS would charge for what ran on a machine of one's own; absent where nothing did. */
  readonly usdInAws?: number;
  readonly isFinal: boolean;
  /** The first of them, oldest first; none of an array, whose children have theirs. */
  readonly attempts: readonly PricedAttempt[];
  readonly attemptCount: number;
  readonly parts: readonly CostPart[];
  /** An array's children that have begun. */
  readonly childrenPriced?: number;
  readonly prices: { readonly asOf: string; readonly region: 'us-east-1' };
}

export type CostDeps = Pick<ScheduleDeps, 'store' | 'clock' | 'host'>;

const CHILDREN_PER_PAGE = 500;
const MAX_ATTEMPTS_TOLD = 100;
/** Children in other states have not begun. */
const BEGUN = ['RUNNABLE', 'STARTING', 'RUNNING', 'SUCCEEDED', 'FAILED'] as const;

export async function jobCost(deps: CostDeps, jobId: JobId): Promise<JobCost | undefined> {
  const found = await getJob(deps.store, jobId);
  if (!found) return undefined;
  const { job } = found;
  const pricer = createPricer(deps);
  const told: PricedAttempt[] = [];
  const parts = new Map<string, CostPart>();
  let attemptCount = 0;
  let childrenPriced = 0;
  const add = async (runs: readonly Job[]): Promise<void> => {
    await pricer.learn(runs);
    for (const run of runs) {
      for (const attempt of pricer.priced(run)) {
        attemptCount += 1;
        addTo(parts, attempt);
        if (job.kind !== 'array' && told.length < MAX_ATTEMPTS_TOLD) told.push(attempt);
      }
    }
  };
  if (job.kind === 'array') {
    for await (const children of childrenBegun(deps.store, job.jobId)) {
      childrenPriced += children.filter(hasBegun).length;
      await add(children);
    }
  } else {
    await add(job.kind === 'multinode' ? nodeViews(job) : [job]);
  }
  const all = [...parts.values()];
  const inAws = all.flatMap((part) => part.inAws?.usd ?? []);
  return {
    jobId: job.jobId,
    jobName: job.spec.jobName,
    status: job.status,
    usd: sumOf(all.map(({ usd }) => usd)),
    ...(inAws.length === 0 ? {} : { usdInAws: sumOf(inAws) }),
    isFinal: isTerminal(job),
    attempts: told,
    attemptCount,
    parts: all,
    ...(job.kind === 'array' ? { childrenPriced } : {}),
    prices: { asOf: PRICES_AS_OF, region: 'us-east-1' },
  };
}

function hasBegun(job: Job): boolean {
  return attemptTimesOf(job, 0).length > 0;
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

/** Page by page; a child that changes its state meanwhile counts once. */
async function* childrenBegun(store: JobStore, parentId: JobId): AsyncGenerator<readonly Job[]> {
  const seen = new Set<JobId>();
  for (const status of BEGUN) {
    let after: string | undefined;
    do {
      const page = await listByStatus(store, parentId, status, {
        limit: CHILDREN_PER_PAGE,
        ...(after === undefined ? {} : { after }),
      });
      const fresh = page.jobs.map(({ job }) => job).filter(({ jobId }) => !seen.has(jobId));
      for (const { jobId } of fresh) seen.add(jobId);
      yield fresh;
      after = page.next;
    } while (after !== undefined);
  }
}

interface Pricer {
  /** Looks up the environments of these jobs' attempts that are not known yet. */
  learn(jobs: readonly Job[]): Promise<void>;
  priced(job: Job): readonly PricedAttempt[];
}

function createPricer({ store, clock, host }: CostDeps): Pricer {
  const atMs = clock.now();
  const environments = new Map<ComputeEnvironmentArn, KnownPlace['environment']>();
  const typeOfInstance = new Map<string, string>();
  return {
    async learn(jobs) {
      const named = jobs.flatMap((job) => attemptTimesOf(job, atMs).map(({ ceArn }) => ceArn));
      const unknown = [...new Set(named)].filter((ceArn) => !environments.has(ceArn));
      if (unknown.length === 0) return;
      const found = await getEnvironments(store.table, unknown);
      unknown.forEach((ceArn, index) => environments.set(ceArn, found[index]?.record.environment));
      const ledgers = await Ledgers.load(store.table, unknown);
      for (const ceArn of unknown) {
        for (const { id, type } of ledgers.entry(ceArn).fleet?.instances ?? []) typeOfInstance.set(id, type);
      }
    },
    priced(job) {
      return attemptTimesOf(job, atMs).map((time) => {
        const environment = environments.get(time.ceArn);
        const instanceType = time.instanceType ?? typeOfInstance.get(time.instanceId ?? '');
        const known = {
          ...(environment ? { environment } : {}),
          ...(instanceType === undefined ? {} : { instanceType }),
          isAlone: job.kind === 'node',
        };
        return priceOf(job, time, known, host !== undefined);
      });
    },
  };
}

function priceOf(job: Job, time: AttemptTime, known: KnownPlace, isOwnMachine: boolean): PricedAttempt {
  const { attempt, ceArn, seconds, isUnderWay } = time;
  const base = {
    attempt,
    ...(job.node ? { node: job.node.index } : {}),
    environment: nameOf(ceArn),
    seconds,
    isUnderWay,
  };
  if (seconds === undefined) {
    return { ...base, seconds: 0, usd: 0, basis: isUnderWay ? 'does not run yet' : 'never started to run' };
  }
  const { demand } = job.spec;
  const found = isThisMachine(known, isOwnMachine)
    ? withoutEnvironment(job.spec, demand)
    : pricedPlaceOf(known, job.spec, demand);
  const price = priceIn(found, job, seconds);
  if (!isOwnMachine) return { ...base, seconds, ...price };
  const own = attemptCost({ kind: 'OWN' }, demand, seconds);
  return { ...base, seconds, ...own, inAws: price };
}

/** Of a home that is one machine: an environment that only stands for it, and names nothing that could be priced. */
function isThisMachine({ environment }: KnownPlace, isOwnMachine: boolean): boolean {
  if (!isOwnMachine) return false;
  if (!environment || environment.type === 'UNMANAGED') return true;
  const { type } = environment.computeResources;
  return type !== 'FARGATE' && type !== 'FARGATE_SPOT' && fleetRulesOf(environment) === undefined;
}

function priceIn({ place, assuming }: FoundPlace, { spec }: Job, seconds: number): Price {
  const price = attemptCost(place, spec.demand, seconds);
  return assuming === undefined ? price : { ...price, basis: `${price.basis} (${assuming})` };
}

function addTo(parts: Map<string, CostPart>, attempt: PricedAttempt): void {
  const { environment, basis, seconds, usd, inAws } = attempt;
  const key = JSON.stringify([environment, basis, inAws?.basis]);
  const part = parts.get(key);
  const inAwsSoFar = inAws && { inAws: { ...inAws, usd: inAws.usd + (part?.inAws?.usd ?? 0) } };
  parts.set(key, {
    environment,
    basis,
    attempts: (part?.attempts ?? 0) + 1,
    seconds: (part?.seconds ?? 0) + seconds,
    usd: (part?.usd ?? 0) + usd,
    ...inAwsSoFar,
  });
}

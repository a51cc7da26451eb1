// Where a job stands in its state machine, and the way that led there.
import type { Job, JobStatus } from '../../core/job/job.ts';
import { isPlaced } from '../../core/job/job.ts';
import { isMultiNode, nodesOf } from '../../core/job/node.ts';
import type { MachinePlace } from './wire.ts';

/** `statuses`: those it went through, oldest first. An execution exists from the first placement on; what came before has no state in it. */
export function machinePlaceOf(job: Job, statuses: readonly JobStatus[]): MachinePlace {
  const name = job.kind === 'multinode' ? 'multi-node-job' : 'job';
  const placed = statuses.indexOf('STARTING');
  if (placed < 0 || job.kind === 'array') return { name, path: [] };
  const current = stateNow(job);
  const path = pathOf(name, statuses.slice(placed), job.stopRequest?.kind === 'timeout');
  return { name, current, path: path.at(-1) === current ? path : [...path, current] };
}

/** The states as they were entered: an end is told in RUNNING, and a wait leads through the choice of what comes next. */
function pathOf(
  name: MachinePlace['name'],
  statuses: readonly JobStatus[],
  isTimedOut: boolean,
): readonly string[] {
  // Also an attempt that ended before it ran passes through there.
  const toRunning = name === 'multi-node-job' ? ['NODES_STARTING', 'RUNNING'] : ['RUNNING'];
  const path: string[] = [];
  for (const status of statuses) {
    const before = path.at(-1);
    if (before === 'RUNNABLE') path.push('Outcome');
    else if (before === 'STARTING') path.push(...toRunning);
    if (status === 'FAILED' && isTimedOut) path.push('TIMED_OUT', 'Outcome');
    if (status !== 'RUNNING') path.push(status);
  }
  return path;
}

function stateNow(job: Job): string {
  if (isPlaced(job) && job.stopRequest?.kind === 'timeout') return 'TIMED_OUT';
  if (job.status === 'RUNNING' && isMultiNode(job)) {
    const { mainNode } = job.spec.nodes;
    const othersWait = nodesOf(job).some(({ status }, index) => index !== mainNode && status === 'RUNNABLE');
    if (othersWait) return 'NODES_STARTING';
  }
  return job.status;
}

// A home in miniature around the real state machine: rows, a launcher, and the two functions, which follow the rule of the
// real ones (park the token, then look at the row; whoever changes the row wakes the token afterwards).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionResult } from '../../adapters/asl/execution.ts';
import { createLocalWorkflows } from '../../adapters/asl/local-workflows.ts';
import { parseMachine } from '../../adapters/asl/parse-machine.ts';
import type { Progress, Wait } from '../../core/job/progress.ts';
import { endOfWait } from '../../core/job/progress.ts';
import type { FakeTime } from '../adapters/asl/fake-time.ts';

export const jobMachineText = readFileSync(
  join(import.meta.dirname, '../../statemachines/job.asl.json'),
  'utf8',
);
export const jobMachine = parseMachine('job', jobMachineText, {
  LaunchFunctionArn: 'launch',
  AwaitFunctionArn: 'await',
});

export interface SimulatedRow {
  readonly status: 'STARTING' | 'RUNNING' | 'RUNNABLE' | 'SUCCEEDED' | 'FAILED';
  readonly attempt: number;
  readonly timeoutSeconds?: number;
  readonly deadlineMs?: number;
}

/** What outlives a crash: the rows, and the containers that were started. */
export interface World {
  readonly rows: Map<string, SimulatedRow>;
  readonly started: string[];
  readonly stopped: string[];
}

export function createWorld(): World {
  return { rows: new Map(), started: [], stopped: [] };
}

type Request = Wait & { readonly jobId: string; readonly taskToken: string };

/** One process: its engine is gone when it is closed, the world stays. */
export function createSimulatedHome(
  world: World,
  time: FakeTime,
  beforeEach: () => Promise<void> = async () => undefined,
) {
  const ended = new Map<string, ExecutionResult>();
  const requests: string[] = [];

  const rowOf = (jobId: string): SimulatedRow => {
    const row = world.rows.get(jobId);
    if (row === undefined) throw new Error(`no row for ${jobId}`);
    return row;
  };
  const progressOf = (jobId: string): Progress => {
    const { status, attempt, timeoutSeconds = 99_999_999, deadlineMs } = rowOf(jobId);
    const leftSeconds = deadlineMs === undefined ? timeoutSeconds : (deadlineMs - time.clock.now()) / 1000;
    return { jobId, attempt, status, timeoutSeconds: Math.max(1, Math.ceil(leftSeconds)) };
  };
  /** Parks the token; true when the state still has to wait. */
  const parkAndLook = async ({ jobId, state, attempt, taskToken }: Request): Promise<boolean> => {
    requests.push(state);
    await beforeEach();
    const wait: Wait = { state, attempt };
    await workflows.park(jobId, taskToken, wait);
    const end = endOfWait(wait, progressOf(jobId));
    if (end) await workflows.end(taskToken, end);
    return end === undefined;
  };
  const launch = async (request: Request): Promise<void> => {
    if (await parkAndLook(request)) world.started.push(`${request.jobId}/${request.attempt}`);
  };
  const awaitProgress = async (request: Request): Promise<void> => {
    const waits = await parkAndLook(request);
    if (waits && request.state === 'TIMED_OUT') world.stopped.push(`${request.jobId}/${request.attempt}`);
  };

  const workflows = createLocalWorkflows({
    machines: { job: jobMachine },
    // The payloads are what the machine's Parameters say.
    functions: {
      launch: (payload) => launch(payload as unknown as Request),
      await: (payload) => awaitProgress(payload as unknown as Request),
    },
    clock: time.clock,
    timer: time.timer,
    history: { maxEvents: 200 },
    keepEnded: 100,
    onEnded: (subject, result) => void ended.set(subject, result),
  });

  return {
    workflows,
    ended,
    requests,
    /** Commits a row, as the engine would, and wakes whoever waits for it. */
    async commit(jobId: string, row: SimulatedRow): Promise<number> {
      const { timeoutSeconds } = row;
      const isNowRunning = row.status === 'RUNNING' && timeoutSeconds !== undefined;
      const deadline = isNowRunning ? { deadlineMs: time.clock.now() + timeoutSeconds * 1000 } : {};
      world.rows.set(jobId, { ...row, ...deadline });
      const progress = progressOf(jobId);
      const woken = await workflows.wake(jobId, (wait) => endOfWait(wait, progress));
      await time.settle();
      return woken;
    },
    async place(jobId: string, row: Omit<SimulatedRow, 'status'>): Promise<void> {
      await this.commit(jobId, { ...row, status: 'STARTING' });
      await workflows.ensure('job', jobId, { jobId, attempt: row.attempt });
      await time.settle();
    },
    statesOf: (jobId: string): readonly (string | undefined)[] =>
      workflows.engine
        .history(jobId)
        .filter(({ type }) => type.endsWith('StateEntered'))
        .map(({ stateName }) => stateName),
  };
}

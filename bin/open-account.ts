// A visit to what a Slipway in an AWS account has in CloudWatch: its events and its audit trail, read with the caller's own identity.
import type { AccountReaders } from '../local/account-readers.ts';
import { askHome } from './ask-home.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { pause } from './follow-job.ts';
import type { Server } from './server.ts';

type Reader = 'events' | 'audit';
/** What readers hand over. */
export interface Tail<Entry> {
  next(signal?: AbortSignal): Promise<readonly Entry[]>;
  isCaughtUp(): boolean;
}

const absences: Readonly<Record<Reader, readonly [message: string, hint: string]>> = {
  events: [
    'This Slipway keeps no log of its events.',
    'Deploy it with -c eventLog=true; or a rule of your own takes them from EventBridge: --event-pattern \'{"source":["slipway.batch"]}\'',
  ],
  audit: [
    'This Slipway keeps no audit trail in a log group.',
    'Calls that change something are on EventBridge.',
  ],
};

/** Runs `work` with one of the readers; what CloudWatch refuses becomes a sentence that says what the identity needs. */
export async function readAccount<Name extends Reader>(
  server: Server,
  name: Name,
  work: (reader: NonNullable<AccountReaders[Name]>) => Promise<void>,
): Promise<void> {
  const { openAccountReaders, readingProblem } = await import('../local/account-readers.ts');
  const { credentials, logsEndpoint } = server;
  const readers = await openAccountReaders({
    home: await askHome(server),
    credentials,
    endpoints: { logs: logsEndpoint },
  });
  try {
    const reader = readers[name];
    if (!reader) throw new CliError(absences[name][0], { hint: absences[name][1] });
    await work(reader);
  } catch (error) {
    const problem = readingProblem(error);
    if (!problem) throw error;
    throw new CliError(problem.message, {
      exitCode: problem.problem === 'unreachable' ? exitCodes.noServer : exitCodes.failure,
      ...(problem.problem === 'refused' && { hint: 'slipway doctor --aws shows who you are.' }),
      cause: error,
    });
  } finally {
    readers.close();
  }
}

/** CloudWatch shows what is new some seconds late in any case. */
const followEveryMs = 2_000;
const patienceMs = 60_000;

/** Hands over what a tail has, in order: up to now, or on and on until the signal. */
export async function drain<Entry>(
  tail: Tail<Entry>,
  options: { readonly follow: boolean; readonly signal: AbortSignal; readonly each: (entry: Entry) => void },
): Promise<void> {
  const { follow, signal, each } = options;
  let lastHeardMs = performance.now();
  while (!signal.aborted) {
    try {
      (await tail.next(signal)).forEach(each);
      lastHeardMs = performance.now();
      if (!tail.isCaughtUp()) continue;
    } catch (error) {
      const gaveUp = performance.now() - lastHeardMs > patienceMs;
      if (!follow || !isAway(error) || gaveUp) throw error;
    }
    if (!follow) return;
    await pause(followEveryMs, signal);
  }
}

/** The way to CloudWatch is cut: a laptop that changes its network. */
function isAway(error: unknown): boolean {
  return error instanceof Error && 'problem' in error && error.problem === 'unreachable';
}

// Lambda: sandboxes that are composed cold, used again warm and lost with the invocation that dies in them; functions that are
// throttled, killed and timed out. What an invocation came to is told to whoever asked for it, who does as AWS does.
import { FUNCTIONS } from '../../../lambdas/registry.ts';
import type { FunctionName } from '../../../lambdas/registry.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Invocation } from './invocation.ts';
import { currentInvocation } from './invocation.ts';

export type Handler = (payload: never) => Promise<unknown>;

export type InvocationOutcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  /** The handler threw. */
  | { readonly kind: 'failed'; readonly error: Error }
  | { readonly kind: 'killed' | 'timed-out' | 'throttled' };

export interface Functions {
  invoke(name: FunctionName, payload: unknown): Promise<InvocationOutcome>;
  readonly isWorking: () => boolean;
  /** Invocations that live. */
  live(): readonly Invocation[];
}

export interface FunctionsDeps {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  /** Makes a function anew, as a cold start does. */
  readonly compose: (name: FunctionName) => Handler;
  /** Per invocation: Lambda refuses it for want of concurrency. */
  readonly throttles: (name: FunctionName) => boolean;
  readonly trace: (line: string) => void;
}

const WARM_MS = 3;
const COLD_MS = 300;

export function createFunctions(deps: FunctionsDeps): Functions {
  const { time, trace } = deps;
  const idle = new Map<FunctionName, Handler[]>();
  const living = new Set<Invocation>();
  let ids = 0;

  function run(name: FunctionName, payload: unknown, done: (outcome: InvocationOutcome) => void): void {
    const warm = idle.get(name)?.pop();
    const end = (outcome: InvocationOutcome): void => {
      if (!living.delete(invocation)) return;
      invocation.alive = false;
      stopClock();
      done(outcome);
    };
    const invocation: Invocation = {
      id: (ids += 1),
      functionName: name,
      alive: true,
      waits: 0,
      die(why) {
        if (invocation.alive) trace(`${name} #${invocation.id} is killed ${why}`);
        end({ kind: 'killed' });
      },
    };
    living.add(invocation);
    const stopClock = time.after(timeoutSecondsOf(name) * 1_000, () => {
      trace(`${name} #${invocation.id} times out`);
      end({ kind: 'timed-out' });
    });
    const work = async (): Promise<InvocationOutcome> => {
      const handler = warm ?? deps.compose(name);
      try {
        return { kind: 'answered', answer: await handler(copyOf(payload) as never) }; // each handler checks its own
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        trace(`${name} #${invocation.id} throws ${error.name}: ${error.message.slice(0, 200)}`);
        return { kind: 'failed', error };
      } finally {
        // What it left unfinished is frozen with it, and nobody could say how that goes on.
        if (invocation.alive && invocation.waits === 0) idle.set(name, [...(idle.get(name) ?? []), handler]);
      }
    };
    void currentInvocation.run(invocation, work).then(end);
  }

  return {
    invoke: (name, payload) =>
      new Promise((resolve) => {
        if (deps.throttles(name)) {
          time.after(WARM_MS, () => resolve({ kind: 'throttled' }));
          return;
        }
        const isCold = (idle.get(name)?.length ?? 0) === 0;
        time.after(isCold ? COLD_MS : WARM_MS, () => run(name, payload, resolve));
      }),
    isWorking: () => [...living].some(({ waits }) => waits === 0),
    live: () => [...living],
  };
}

/** What goes to a function is text on the way. */
function copyOf(payload: unknown): unknown {
  return payload === undefined ? undefined : JSON.parse(JSON.stringify(payload));
}

function timeoutSecondsOf(name: FunctionName): number {
  return FUNCTIONS.find((entry) => entry.name === name)?.timeoutSeconds ?? 3;
}

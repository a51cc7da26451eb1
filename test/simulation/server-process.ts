// One life of the server process: whether it still lives, what it is waiting for at its ports, and the faults that strike
// there. Once it is dead nothing it asks for happens any more, and nothing it waits for is ever answered.
import type { SeededRandom } from './seeded-random.ts';
import { turnOfEventLoop } from './simulated-time.ts';

/** Probabilities per call at a port. */
export interface FaultRates {
  /** The call takes some turns of the event loop, before or after its effect. */
  readonly slow: number;
  /** The call fails and has had no effect. */
  readonly refused: number;
  /** The call fails though it has had its effect. */
  readonly answerLost: number;
  /** The process dies before or after the effect. */
  readonly crash: number;
}

export const NO_FAULTS: FaultRates = { slow: 0, refused: 0, answerLost: 0, crash: 0 };

/** What is behind a port: storage, or the machine's runtime. */
export type Behind = 'store' | 'runtime';

export interface PortCall<T> {
  /** For the trace: `table.write`. */
  readonly name: string;
  readonly behind: Behind;
  /** A call that only reads fails, but neither loses an effect nor is worth a crash. */
  readonly reads?: boolean;
  readonly effect: () => Promise<T>;
  readonly error: (how: string) => Error;
  /** Something between nothing and all of the effect, for a call that is not atomic. */
  readonly partly?: () => Promise<unknown>;
}

export interface ServerProcess {
  isAlive(): boolean;
  die(why: string): void;
  call<T>(call: PortCall<T>): Promise<T>;
  /** Calls under way. */
  inFlight(): number;
  /** Grows with every call and every answer. */
  activity(): number;
}

export interface ServerProcessOptions {
  readonly random: SeededRandom;
  /** Asked at each call: faults come and go. */
  readonly rates: (behind: Behind) => FaultRates;
  readonly trace: (line: string) => void;
}

/** Nobody is there to be answered. */
function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

export function createServerProcess({ random, rates, trace }: ServerProcessOptions): ServerProcess {
  let alive = true;
  let inFlight = 0;
  let activity = 0;

  function die(why: string): void {
    if (!alive) return;
    alive = false;
    trace(`process dies: ${why}`);
  }

  async function linger(behind: Behind): Promise<void> {
    if (!random.chance(rates(behind).slow)) return;
    const most = random.chance(0.2) ? 40 : 6;
    for (let turns = random.int(1, most); turns > 0; turns -= 1) await turnOfEventLoop();
  }

  async function strike<T>(call: PortCall<T>): Promise<T> {
    const { refused, answerLost, crash } = rates(call.behind);
    if (random.chance(refused)) {
      trace(`fault: ${call.name} refused`);
      throw call.error('refused');
    }
    if (call.reads) return call.effect();
    if (random.chance(crash)) {
      if (call.partly && random.chance(0.5)) await call.partly();
      die(`before ${call.name}`);
      return never();
    }
    if (call.partly && random.chance(answerLost)) {
      trace(`fault: ${call.name} done in part`);
      await call.partly();
      throw call.error('done in part');
    }
    const answer = await call.effect();
    if (random.chance(crash)) die(`after ${call.name}`);
    if (random.chance(answerLost)) {
      trace(`fault: the answer of ${call.name} is lost`);
      throw call.error('its answer was lost');
    }
    return answer;
  }

  return {
    isAlive: () => alive,
    die,
    inFlight: () => inFlight,
    activity: () => activity,
    async call(call) {
      if (!alive) return never();
      inFlight += 1;
      activity += 1;
      try {
        await linger(call.behind);
        if (!alive) return await never();
        const answer = await strike(call);
        await linger(call.behind);
        return alive ? answer : await never();
      } catch (error) {
        if (!alive) return await never();
        throw error;
      } finally {
        inFlight -= 1;
        activity += 1;
      }
    },
  };
}

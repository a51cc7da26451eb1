// The way from a function to a service: every call takes time, and on it lie the faults. A function may be killed before its call
// has arrived or before it hears of the answer; a service may refuse, or do its work and lose the answer.
import type { SeededRandom } from '../seeded-random.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Invocation } from './invocation.ts';
import { suspended } from './invocation.ts';

export type Service =
  | 'dynamodb'
  | 'states'
  | 'sqs'
  | 'events'
  | 'ecs'
  | 'autoscaling'
  | 'ec2'
  | 'ssm'
  | 'iam'
  | 'logs'
  | 'cloudformation';

export interface ServiceCall<T> {
  readonly service: Service;
  /** `RunTask` */
  readonly operation: string;
  /** For whoever aims at one: the keys that are written. */
  readonly about?: () => string;
  /** One that only reads has no effect to lose. */
  readonly reads?: boolean;
  readonly effect: () => Promise<T> | T;
  readonly error: (how: 'throttled' | 'refused' | 'lost') => Error;
}

/**
 * `killed-before`: the call never arrives. `killed-after`: it does, and nobody hears of it. `throttled` and `refused` (a server
 * error) have no effect; `lost` has, and fails. `delayMs`: how long it takes to arrive.
 */
export type Strike =
  | 'killed-before'
  | 'killed-after'
  | 'throttled'
  | 'refused'
  | 'lost'
  | { readonly delayMs: number }
  /** What the service answers instead of doing it. */
  | { readonly error: Error };

export type ChooseStrike = (
  call: Pick<ServiceCall<unknown>, 'service' | 'operation' | 'about' | 'reads'>,
  invocation: Invocation,
) => Strike | undefined;

export interface ServiceCalls {
  call<T>(call: ServiceCall<T>): Promise<T>;
  /** How many were made, by operation. */
  readonly counts: ReadonlyMap<string, number>;
}

const QUICK_MS = 12;

export function createServiceCalls(deps: {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly strikeOf: ChooseStrike;
  readonly trace: (line: string) => void;
}): ServiceCalls {
  const { time, random, trace } = deps;
  const counts = new Map<string, number>();

  async function arrive<T>(call: ServiceCall<T>, invocation: Invocation, strike?: Strike): Promise<T> {
    const told = `${call.operation} of ${invocation.functionName} #${invocation.id}`;
    if (strike !== undefined && typeof strike === 'string') trace(`fault: ${told}: ${strike}`);
    if (strike === 'throttled' || strike === 'refused') throw call.error(strike);
    if (typeof strike === 'object' && 'error' in strike) throw strike.error;
    if (strike === 'killed-before') invocation.die(`before ${told}`);
    // What was on its way when its function died may arrive or not.
    if (!invocation.alive && (strike === 'killed-before' || random.chance(0.5))) throw call.error('lost');
    const answer = await time.busy(call.effect);
    if (strike === 'killed-after') invocation.die(`after ${told}`);
    if (strike === 'lost') throw call.error('lost');
    return answer;
  }

  return {
    counts,
    call: (call) =>
      suspended(async (invocation) => {
        if (!invocation) return call.effect();
        counts.set(call.operation, (counts.get(call.operation) ?? 0) + 1);
        const strike = deps.strikeOf(call, invocation);
        const isSlow = typeof strike === 'object' && 'delayMs' in strike;
        const delayMs = isSlow ? strike.delayMs : random.int(1, QUICK_MS);
        return new Promise((resolve, reject) => {
          time.after(delayMs, () => void arrive(call, invocation, strike).then(resolve, reject));
        });
      }),
  };
}

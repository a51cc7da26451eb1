// One run of a function, and what ties it to everything it does: whoever calls a service or sets a timer does so for the
// invocation it runs in. One that has died gets no answer any more, so its work stops at the await it stands at.
import { AsyncLocalStorage } from 'node:async_hooks';

export interface Invocation {
  readonly id: number;
  readonly functionName: string;
  alive: boolean;
  /** Calls and timers it waits for. An invocation that lives and waits for none is at work. */
  waits: number;
  die(why: string): void;
}

export const currentInvocation = new AsyncLocalStorage<Invocation>();

export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}

/** Waits for something of the world outside in the name of the invocation that asks. */
export async function suspended<T>(begin: (invocation: Invocation | undefined) => Promise<T>): Promise<T> {
  const invocation = currentInvocation.getStore();
  if (!invocation) return begin(undefined);
  if (!invocation.alive) return never();
  invocation.waits += 1;
  try {
    const answer = await begin(invocation);
    return invocation.alive ? answer : await never();
  } catch (error) {
    if (invocation.alive) throw error;
    return await never();
  } finally {
    invocation.waits -= 1;
  }
}

// Optimistic changes: read, decide, commit; and again when somebody else was faster, up to a bound.

export const STALE = Symbol('somebody else committed first');

const MAX_TRIES = 20;

/** Repeats `attempt` while it answers STALE. Throws when others keep winning, which is no decision of the caller's. */
export async function untilCommitted<T>(
  subject: string,
  attempt: () => Promise<T | typeof STALE>,
): Promise<T> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const answer = await attempt();
    if (answer !== STALE) return answer;
  }
  throw new Error(`${subject} was changed ${MAX_TRIES} times by others while one change waited`);
}

/** As untilCommitted; `onFailed` hears of an error as well, because a commit whose answer was lost may have been made. */
export async function committedOrTold<T>(
  subject: string,
  attempt: () => Promise<T | typeof STALE>,
  onFailed: (error: unknown) => void | Promise<void>,
): Promise<T> {
  try {
    return await untilCommitted(subject, attempt);
  } catch (error) {
    // Waited for, as nothing goes on in a function after its answer; that it fails as well says nothing new.
    await Promise.allSettled([onFailed(error)]);
    throw error;
  }
}

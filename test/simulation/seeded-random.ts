// Randomness that a seed repeats exactly (mulberry32). Each part of a simulation forks its own stream by name, so that a
// change in one part leaves the choices of the others as they were.
export interface SeededRandom {
  /** 0 ≤ x < 1. */
  readonly next: () => number;
  /** Both bounds inclusive. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  pickSome<T>(list: readonly T[]): T | undefined;
  /** A copy in another order. */
  shuffled<T>(list: readonly T[]): readonly T[];
  weighted<T>(choices: readonly (readonly [weight: number, value: T])[]): T;
  fork(name: string): SeededRandom;
}

export function createRandom(seed: number): SeededRandom {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const int = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));

  return {
    next,
    int,
    chance: (probability) => probability > 0 && next() < probability,
    pick: (list) => list[int(0, list.length - 1)] ?? list[0],
    pickSome: (list) => list[int(0, list.length - 1)],
    shuffled: (list) =>
      list
        .map((element) => ({ element, order: next() }))
        .toSorted((left, right) => left.order - right.order)
        .map(({ element }) => element),
    weighted(choices) {
      let left = next() * choices.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, value] of choices) {
        left -= weight;
        if (left < 0) return value;
      }
      throw new RangeError('no choice has a weight');
    },
    fork: (name) => createRandom((seed ^ hashOf(name)) >>> 0),
  };
}

/** FNV-1a. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

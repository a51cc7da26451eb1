// One reading for the many parts of many pages that ask for the same in the same moment. Invariant: nobody is answered with
// something older than `forMs`, nor with what was read before `forget` was called.
export interface RememberedReading<Value> {
  (): Promise<Value>;
  forget(): void;
}

interface Kept<Value> {
  readonly value: Promise<Value>;
  readonly begunAtMs: number;
}

/** A reading that fails is not remembered. */
export function rememberReading<Value>(
  forMs: number,
  nowMs: () => number,
  read: () => Promise<Value>,
): RememberedReading<Value> {
  let kept: Kept<Value> | undefined;
  const readAnew = (): Promise<Value> => {
    const mine: Kept<Value> = { value: read(), begunAtMs: nowMs() };
    kept = mine;
    mine.value.catch(() => {
      if (kept === mine) kept = undefined;
    });
    return mine.value;
  };
  const reading = (): Promise<Value> => (kept && nowMs() - kept.begunAtMs < forMs ? kept.value : readAnew());
  return Object.assign(reading, {
    forget() {
      kept = undefined;
    },
  });
}

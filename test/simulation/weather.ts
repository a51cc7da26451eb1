// What goes wrong in a history, and how often. Most histories have one or two kinds of trouble, some have all, some none: a
// fault is found more easily where it is not drowned by others.
import type { Delivery } from './faulty-store.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Behind, FaultRates } from './server-process.ts';
import { NO_FAULTS } from './server-process.ts';
import type { HostBehaviour } from './simulated-host.ts';

export interface Weather {
  faults: Readonly<Record<Behind, FaultRates>>;
  host: HostBehaviour;
  delivery: Delivery;
  /** How far the time of day may be set off, either way. */
  clockOffMs: number;
}

const SLOW: FaultRates = { ...NO_FAULTS, slow: 0.3 };
const CRASHES: FaultRates = { ...NO_FAULTS, slow: 0.1, crash: 0.006 };
const REFUSALS: FaultRates = { ...NO_FAULTS, slow: 0.1, refused: 0.08, answerLost: 0.04 };
const STORM: FaultRates = { slow: 0.2, refused: 0.05, answerLost: 0.03, crash: 0.004 };
const MOODY: FaultRates = { slow: 0.5, refused: 0.3, answerLost: 0.2, crash: 0 };

export function drawWeather(random: SeededRandom): Weather {
  return {
    faults: {
      store: random.weighted([
        [3, NO_FAULTS],
        [2, SLOW],
        [2, REFUSALS],
        [3, CRASHES],
        [2, STORM],
      ]),
      runtime: random.weighted([
        [3, NO_FAULTS],
        [1, SLOW],
        [1, { ...NO_FAULTS, crash: 0.05 }],
        [1, MOODY],
      ]),
    },
    host: {
      refuses: random.pick([0, 0.05]),
      runsForEver: random.pick([0, 0.1, 0.4]),
      succeeds: random.pick([0.9, 0.4]),
      longestMs: random.pick([0, 3_000, 90_000]),
      toldTwice: random.pick([0, 0.3]),
      toldLate: random.pick([0, 0.3]),
      withheld: random.pick([0, 0, 0.03]),
      skewMs: random.pick([0, 0, -400, 400]),
    },
    delivery: {
      maxBatch: random.pick([1, 4, 256]),
      again: random.pick([0, 0.05]),
      streams: random.pick([1, 1, 3]),
    },
    clockOffMs: random.pick([0, 0, 300]),
  };
}

/** Nothing goes wrong any more. What was set up before stays as it is: streams have names, and clocks do not agree. */
export function clear(weather: Weather): void {
  weather.faults = { store: NO_FAULTS, runtime: NO_FAULTS };
  weather.host = {
    refuses: 0,
    runsForEver: 0,
    succeeds: 1,
    longestMs: 1_000,
    toldTwice: 0,
    toldLate: 0,
    withheld: 0,
    skewMs: weather.host.skewMs,
  };
  weather.delivery = { ...weather.delivery, again: 0 };
}

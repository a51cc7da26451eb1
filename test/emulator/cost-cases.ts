// What a job asks of AWS on its way through the deployed stack: held here, so that a call more for each job is seen before somebody
// pays for it. docs/cost.md has the whole table, by `npm run cost -- --deployed`.
import { beforeAll, describe, expect, it } from 'vitest';
import type { MeasuredDeployed } from '../cost/deployed-usage.ts';
import { measureDeployed } from '../cost/deployed-usage.ts';
import { total } from '../cost/usage.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';
import { meterFunctions } from './metered-functions.ts';

const JOBS = 5;
/** Every function starts anew once its meter is switched on, and the emulator is waited for until nothing more comes. */
const MEASURE_LIMIT_MS = 300_000;

export function describeCost(deployed: () => ADeployedSlipway): void {
  let measured: MeasuredDeployed;
  const perJob = (name: string): number => (measured.usage.calls[name] ?? 0) / JOBS;

  beforeAll(async () => {
    const slipway = deployed();
    const meter = await meterFunctions(slipway.emulator);
    await measureDeployed(slipway, meter, { name: 'Warm-up', jobs: 1, together: 1 });
    measured = await measureDeployed(slipway, meter, { name: 'One by one', jobs: JOBS, together: 1 });
  }, MEASURE_LIMIT_MS);

  describe('a single job that succeeds at first', () => {
    it('is one execution of three states and one task', () => {
      expect(measured.usage.transitions).toEqual({ STARTING: JOBS, RUNNING: JOBS, SUCCEEDED: JOBS });
      expect([perJob('states:StartExecution'), perJob('ecs:RunTask')]).toEqual([1, 1]);
    });

    it('ends its two waits, and tells of at most two more ends that come twice', () => {
      expect(perJob('states:SendTaskSuccess')).toBeGreaterThanOrEqual(2);
      expect(perJob('states:SendTaskSuccess')).toBeLessThanOrEqual(4);
    });

    it('is told by an event for each of its states, and one for its submission', () => {
      const each = measured.usage.counts.events / JOBS;
      // A batch of changes that is delivered again tells its events again.
      expect(each).toBeGreaterThanOrEqual(5);
      expect(each).toBeLessThan(6);
    });

    it('writes no more to the tables than docs/cost.md says of a lone job', () => {
      expect(total(measured.usage.writeUnits) / JOBS).toBeLessThanOrEqual(25);
    });

    it('invokes each function as often as its way asks for', () => {
      const { react = 0, schedule = 0, ...others } = measured.usage.invocations;
      const asked = { api: JOBS, launch: JOBS, await: JOBS, observe: 2 * JOBS };
      expect(Object.keys(others).sort()).toEqual(Object.keys(asked).sort());
      // The emulator repeats one now and then.
      expect(total(others)).toBeGreaterThanOrEqual(total(asked));
      expect(total(others)).toBeLessThanOrEqual(total(asked) + JOBS / 2);
      expect((react + schedule) / JOBS).toBeLessThanOrEqual(7);
    });
  });

  it('is counted by the functions as it was seen from outside of them', () => {
    expect(measured.usage.calls).toEqual(measured.seenByFront);
  });
}

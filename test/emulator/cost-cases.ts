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
    it('is one execution of three states, one task and two waits', () => {
      expect(measured.usage.transitions).toEqual({ STARTING: JOBS, RUNNING: JOBS, SUCCEEDED: JOBS });
      const once = ['states:StartExecution', 'ecs:RunTask'];
      expect(once.map(perJob)).toEqual([1, 1]);
      expect(perJob('states:SendTaskSuccess')).toBe(2);
    });

    it('is told by an event for each of its states, and one for its submission', () => {
      expect(measured.usage.counts.events / JOBS).toBe(5);
    });

    it('writes no more to the tables than docs/cost.md says of a lone job', () => {
      expect(total(measured.usage.writeUnits) / JOBS).toBeLessThanOrEqual(25);
    });

    it('invokes each function as often as its way asks for', () => {
      const { invocations } = measured.usage;
      expect(invocations).toMatchObject({ api: JOBS, launch: JOBS, await: JOBS, observe: 2 * JOBS });
      expect(((invocations['react'] ?? 0) + (invocations['schedule'] ?? 0)) / JOBS).toBeLessThanOrEqual(7);
    });
  });

  it('is counted by the functions as it was seen from outside of them', () => {
    expect(measured.usage.calls).toEqual(measured.seenByFront);
  });
}

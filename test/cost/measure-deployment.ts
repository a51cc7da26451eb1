// Deploys the service into the emulator of test/emulator by the CDK CLI and runs jobs through it: some minutes.
import { deploySlipway } from '../emulator/a-deployed-slipway.ts';
import { meterFunctions } from '../emulator/metered-functions.ts';
import type { MeasuredDeployed } from './deployed-usage.ts';
import { measureDeployed } from './deployed-usage.ts';

const ONE_BY_ONE = 10;
/** The first ones start containers of functions. */
const WARM_UP = 10;

export async function measureDeployment(jobs: number): Promise<readonly MeasuredDeployed[]> {
  const slipway = await deploySlipway();
  try {
    const meter = await meterFunctions(slipway.emulator);
    await measureDeployed(slipway, meter, { name: 'Warm-up', jobs: WARM_UP, together: WARM_UP });
    return [
      await measureDeployed(slipway, meter, { name: 'At once', jobs, together: jobs }),
      await measureDeployed(slipway, meter, { name: 'One by one', jobs: ONE_BY_ONE, together: 1 }),
    ];
  } finally {
    await slipway.stop();
  }
}

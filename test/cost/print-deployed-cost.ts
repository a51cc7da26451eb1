// Deploys the service into the emulator of test/emulator by the CDK CLI, runs jobs through it and prints what a million of them
// would cost. `--jobs 50` of them at once, then a few one by one; `--json` for programs. Takes some minutes.
import { parseArgs } from 'node:util';
import { deploySlipway } from '../emulator/a-deployed-slipway.ts';
import { meterFunctions } from '../emulator/metered-functions.ts';
import type { MeasuredDeployed } from './deployed-usage.ts';
import { measureDeployed } from './deployed-usage.ts';
import { printMeasured, printMeasuredJson } from './cost-table.ts';

const ONE_BY_ONE = 10;
/** The first ones start containers of functions. */
const WARM_UP = 10;

const { values } = parseArgs({
  options: {
    deployed: { type: 'boolean' },
    jobs: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
  },
});
const jobs = Number(values.jobs);
const slipway = await deploySlipway();
const measured: MeasuredDeployed[] = [];
try {
  const meter = await meterFunctions(slipway.emulator);
  await measureDeployed(slipway, meter, { name: 'Warm-up', jobs: WARM_UP, together: WARM_UP });
  measured.push(
    await measureDeployed(slipway, meter, { name: 'At once', jobs, together: jobs }),
    await measureDeployed(slipway, meter, { name: 'One by one', jobs: ONE_BY_ONE, together: 1 }),
  );
} finally {
  await slipway.stop();
}
if (values.json) printMeasuredJson(measured);
else {
  printMeasured(measured, ' Through the deployed stack, in an emulator.');
  for (const one of measured) console.log(`${one.name}: ${frontSays(one)}`);
}

function frontSays({ usage: { calls }, seenByFront }: MeasuredDeployed): string {
  const names = [...new Set([...Object.keys(calls), ...Object.keys(seenByFront)])];
  const differing = names.filter((name) => calls[name] !== seenByFront[name]);
  if (differing.length === 0) return 'the emulator’s front saw the same calls that the functions counted';
  return differing
    .map((name) => `${name} counted ${calls[name] ?? 0} times, seen ${seenByFront[name] ?? 0} times`)
    .join('; ');
}

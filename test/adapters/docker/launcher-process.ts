// A process with a launcher of its own, to be killed by a test: starts the task given on its command line and prints each
// observation as a line of JSON.
// Usage: node launcher-process.ts <socket> <folder> <task as JSON>
import type { ContainerTask } from '../../../engine/launch-ports.ts';
import { observe } from './observed-launcher.ts';

const [socketPath = '', folder = '', task = ''] = process.argv.slice(2);
const { launcher } = observe(folder, { socketPath, network: 'none' });
launcher.onObservation((observation) => {
  process.stdout.write(`${JSON.stringify(observation)}\n`);
});
// Written by the test that starts this process.
const outcome = await launcher.start(JSON.parse(task) as ContainerTask);
if (!outcome.started) throw new Error(outcome.reason);

// A server of its own process that the test kills. Its program is this file: it starts the tasks it is given and prints, as
// a line of JSON each, what it observes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createProcessLauncher } from '../../../adapters/process/process-launcher.ts';
import type { ContainerTask, Observation } from '../../../engine/launch-ports.ts';

export interface DoomedServer {
  /** The next observation, in order. */
  next(): Promise<Observation>;
  /** SIGKILL, and gone. */
  kill(): Promise<void>;
}

export function aDoomedServer(
  dataDir: string,
  tasks: readonly ContainerTask[],
  limits: 'auto' | 'off' = 'auto',
): DoomedServer {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), dataDir, limits, JSON.stringify(tasks)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async next() {
      const line = await lines.next();
      if (line.done) throw new Error('the server ended');
      return JSON.parse(line.value) as Observation; // printed below
    },
    async kill() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , dataDir = '', limits, tasks = '[]'] = process.argv;
  const launcher = createProcessLauncher({ dataDir, limits: limits === 'off' ? 'off' : 'auto' });
  launcher.onObservation((observation) => console.log(JSON.stringify(observation)));
  for (const task of JSON.parse(tasks) as ContainerTask[]) await launcher.start(task);
  setInterval(() => undefined, 1_000);
}

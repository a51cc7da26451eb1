// `npm start`: installs what is missing, then shows Slipway at work on a real rendering.
import { join } from 'node:path';
import { runInForeground } from '../bin/bundled-node.mjs';
import { buildConsoleIfStale } from './build-console.mjs';
import { prepare, projectFolder } from './install.mjs';

const node = prepare();
buildConsoleIfStale(node, projectFolder);
const slipway = join(projectFolder, 'bin', 'slipway.mjs');
process.exitCode = await runInForeground(
  node,
  [slipway, 'demo', '--example', 'render', ...process.argv.slice(2)],
  { cwd: projectFolder },
);

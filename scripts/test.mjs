// `npm test`: installs what is missing, then runs the tests. `npm test -- queue` runs the files whose path has "queue".
import { join } from 'node:path';
import { runInForeground } from '../bin/bundled-node.mjs';
import { prepare, projectFolder } from './install.mjs';

const node = prepare();
const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs');
process.exitCode = await runInForeground(node, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: projectFolder,
});

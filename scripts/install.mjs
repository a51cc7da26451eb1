// Brings node_modules to what package-lock.json says, so that `npm start` and `npm test` work in a fresh checkout.
// Runs before anything is installed: Node 20 and its own modules only.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseNode, noNodeMessage } from '../bin/bundled-node.mjs';

export const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node to run the project with, after installing what is missing. Ends the process with a message when it cannot. */
export function prepare() {
  if (!isInstalled(projectFolder)) install();
  const node = chooseNode(projectFolder);
  if (node) return node;
  console.error(noNodeMessage());
  process.exit(1);
}

/**
 * Whether node_modules holds what the lockfile asks for. npm leaves its own account of what it installed in
 * node_modules as its last step, so an interrupted installation counts as none.
 */
export function isInstalled(folder) {
  const wanted = packagesIn(join(folder, 'package-lock.json'));
  const present = packagesIn(join(folder, 'node_modules', '.package-lock.json'));
  if (!wanted || !present) return false;
  for (const [path, lock] of Object.entries(wanted)) {
    if (path === '') continue;
    const found = present[path];
    if (!found) {
      if (isNeeded(path, lock)) return false;
    } else if (found.version !== lock.version || found.integrity !== lock.integrity) return false;
  }
  return true;
}

// Optional packages are for other platforms, apart from the Node of this one: without it an older Node cannot go on.
function isNeeded(path, lock) {
  if (path === `node_modules/node-${process.platform}-${process.arch}`) return true;
  return !lock.optional && !lock.devOptional;
}

function packagesIn(lockFile) {
  if (!existsSync(lockFile)) return undefined;
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined; // half-written: as good as absent
    throw error;
  }
}

function install() {
  const again = existsSync(join(projectFolder, 'node_modules'));
  console.error(
    `${again ? 'Updating' : 'Installing'} the packages of package-lock.json into node_modules (about a minute) …`,
  );
  const flags = ['ci', '--no-fund', '--no-audit', '--loglevel=error'];
  // npm names the Node and the script it runs by; they need not be the `node` of PATH, which may lie in node_modules.
  const { npm_execpath: npmScript, npm_node_execpath: npmNode } = process.env;
  const [program, args] =
    basename(npmScript ?? '') === 'npm-cli.js'
      ? [npmNode ?? process.execPath, [npmScript, ...flags]]
      : ['npm', flags];
  const result = spawnSync(program, args, { cwd: projectFolder, encoding: 'utf8' });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  console.error(
    result.error
      ? `Could not run npm: ${result.error.message}.`
      : result.signal
        ? 'The installation was interrupted; nothing was started.'
        : 'npm ci failed (above). With the network back, or the lockfile repaired, run the same command again.',
  );
  process.exit(1);
}

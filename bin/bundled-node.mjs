// Finds a Node that can run Slipway's TypeScript sources and runs programs with it. Plain JavaScript without
// dependencies, because it must work on whatever Node (18 or newer) the user typed `node` or `npm` with.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';

/** Type stripping without a flag starts here. */
export const OLDEST_NODE = '22.18.0';

/** Whether `version` ("24.1.0") is at least OLDEST_NODE. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** The Node that Slipway's lockfile brings along for this platform, looked up as packages are: from `folder` upwards. */
export function findBundledNode(folder) {
  const program = join('node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, program);
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) return undefined;
  }
}

/**
 * The Node to run Slipway with: the bundled one when it works on this machine (it needs glibc), else the one that runs
 * this, when it is new enough. `undefined` when there is none.
 */
export function chooseNode(folder) {
  const bundled = findBundledNode(folder);
  if (bundled && spawnSync(bundled, ['--version']).status === 0) return bundled;
  return isNewEnough(process.versions.node) ? process.execPath : undefined;
}

/** What to tell a user for whom there is no Node. */
export function noNodeMessage() {
  return (
    `Slipway needs Node ${OLDEST_NODE} or newer; this is Node ${process.versions.node} on ${process.platform}-${process.arch}, ` +
    'and no bundled Node is installed for it.\n' +
    'Install a newer Node (https://nodejs.org) and try again. On Linux, `npm ci` without --omit=optional brings one along.'
  );
}

/**
 * Runs a program in the foreground, passes signals on, and resolves to its exit code (128 + n when signal n ended it).
 * A terminal's Ctrl-C may reach the program twice, by the terminal and by us: it has to count that as one.
 */
export function runInForeground(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    const passOn = (signal) => child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, passOn);
    const settle = () => {
      for (const signal of signals) process.off(signal, passOn);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      settle();
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

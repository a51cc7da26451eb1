// The Python of the workflow engines: a virtual environment with the packages of engines.txt, apart from that of the plain
// clients, since an engine brings a hundred packages of its own. Made once per set of versions; whole or absent.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonEnvironment } from './python-environment.ts';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'engines.txt');
/** Two cold downloads over a slow line: the plain clients' and the engines'. */
export const INSTALL_LIMIT_MS = 400_000;
const PIP_LIMIT_MS = 200_000;

export interface EngineEnvironment {
  /** The folder of `python`, `luigi`, `metaflow` and `moto_server`. */
  readonly bin: string;
}

/** Throws with pip's own words when the packages cannot be had. */
export async function engineEnvironment(): Promise<EngineEnvironment> {
  const { python } = await pythonEnvironment();
  const link = await cacheFolder(python);
  if (!existsSync(link)) await makeEnvironment(python, link);
  return { bin: join(link, 'bin') };
}

async function cacheFolder(python: string): Promise<string> {
  const { stdout: version } = await run(python, ['--version']);
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(REQUIREMENTS));
  return join(tmpdir(), `slipway-engines-${userInfo().uid}-${hash.digest('hex').slice(0, 12)}`);
}

async function makeEnvironment(python: string, link: string): Promise<void> {
  const folder = await mkdtemp(`${link}-`);
  try {
    await run(python, ['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await run(join(folder, 'bin', 'python'), [...install, '--requirement', REQUIREMENTS], {
      timeout: PIP_LIMIT_MS,
    });
    // By rename, which replaces a link that another test run made meanwhile by an equal one.
    const made = `${folder}.link`;
    await symlink(folder, made);
    await rename(made, link);
  } catch (error) {
    await rm(folder, { recursive: true });
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`The packages of engines.txt could not be installed:\n${said}`, { cause: error });
  }
}

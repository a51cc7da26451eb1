// The Python that the clients of these tests run on: a virtual environment with the packages of requirements.txt, made once
// per set of versions and kept in the temporary folder. It is whole or absent: what others see is a link, set at the end.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
/** A cold download over a slow line. */
const INSTALL_LIMIT_MS = 170_000;

export interface PythonEnvironment {
  readonly python: string;
  /** The AWS CLI of requirements.txt. */
  readonly aws: string;
}

/** Throws with pip's own words when the packages cannot be had. */
export async function pythonEnvironment(): Promise<PythonEnvironment> {
  const programs = await pythonPrograms(REQUIREMENTS);
  return { python: join(programs, 'python'), aws: join(programs, 'aws') };
}

/** The folder with the programs of a virtual environment that has the packages of a requirements file. */
export async function pythonPrograms(requirements: string): Promise<string> {
  const folder = await cacheFolder(requirements);
  if (!existsSync(folder)) await makeEnvironment(folder, requirements);
  return join(folder, 'bin');
}

async function cacheFolder(requirements: string): Promise<string> {
  const version = await python3(['--version']);
  const hash = createHash('sha256')
    .update(version)
    .update(await readFile(requirements));
  return join(tmpdir(), `slipway-clients-${userInfo().uid}-${hash.digest('hex').slice(0, 12)}`);
}

async function makeEnvironment(link: string, requirements: string): Promise<void> {
  const folder = await mkdtemp(`${link}-`);
  try {
    await python3(['-m', 'venv', folder]);
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await execute(join(folder, 'bin', 'python'), [...install, '--requirement', requirements]);
    // By rename, which replaces a link that another test run made meanwhile by an equal one.
    const made = `${folder}.link`;
    await symlink(folder, made);
    await rename(made, link);
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
}

async function python3(args: readonly string[]): Promise<string> {
  try {
    return await execute('python3', args);
  } catch (error) {
    const needed = 'The client tests need python3 (3.10 or newer) with its venv module';
    throw new Error(`${needed}; on Debian: apt-get install python3-venv.`, { cause: error });
  }
}

async function execute(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { timeout: INSTALL_LIMIT_MS });
    return stdout;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new Error(`${program} ${args.join(' ')} failed:\n${said}`, { cause: error });
  }
}

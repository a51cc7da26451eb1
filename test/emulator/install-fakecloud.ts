// Prints the path of the AWS emulator `fakecloud`, building it first where it is missing: about 8 minutes on 2 cores.
// It is a program that tests start, never a dependency: AGPL, so nothing of it may come into this project.
// Usage: npx node test/emulator/install-fakecloud.ts   (SLIPWAY_FAKECLOUD names a binary to use instead)
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const FAKECLOUD_VERSION = '0.51.0';
const BUILD_LIMIT_MS = 25 * 60_000;
/** A builder that died leaves its lock behind. */
const STALE_LOCK_MS = BUILD_LIMIT_MS + 60_000;

const cacheFolder = join(homedir(), '.cache', 'slipway-test', `fakecloud-${FAKECLOUD_VERSION}`);

/** The path of a binary of the right version, or undefined. */
export function findFakecloud(): string | undefined {
  const candidates = [
    process.env['SLIPWAY_FAKECLOUD'],
    join(cacheFolder, 'bin', 'fakecloud'),
    join(homedir(), '.cargo', 'bin', 'fakecloud'),
  ];
  return candidates.find((path) => path !== undefined && existsSync(path) && isRightVersion(path));
}

function isRightVersion(path: string): boolean {
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).includes(FAKECLOUD_VERSION);
  } catch {
    return false; // not a program that runs here: as good as absent
  }
}

/** Finds or builds it; progress goes to stderr. Throws with cargo's own words. */
export async function installFakecloud(): Promise<string> {
  const found = findFakecloud();
  if (found) return found;
  mkdirSync(cacheFolder, { recursive: true });
  const lock = join(cacheFolder, 'building');
  while (!takes(lock)) {
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const built = findFakecloud();
    if (built) return built;
  }
  try {
    await build();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  const built = findFakecloud();
  if (!built)
    throw new Error(`cargo ended well, but there is no fakecloud ${FAKECLOUD_VERSION} in ${cacheFolder}.`);
  return built;
}

/** Two test runs must not build at once; a folder is made by one of them only. */
function takes(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    if (Date.now() - statSync(lock).mtimeMs > STALE_LOCK_MS) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}

async function build(): Promise<void> {
  console.error(`building fakecloud ${FAKECLOUD_VERSION} into ${cacheFolder} (about 8 minutes) …`);
  const started = Date.now();
  const cargo = spawn(
    'cargo',
    ['install', 'fakecloud', '--version', FAKECLOUD_VERSION, '--locked', '--root', cacheFolder],
    {
      // Without optimisation: it builds in a quarter of the time and answers as fast as the tests need.
      env: {
        ...process.env,
        CARGO_PROFILE_RELEASE_OPT_LEVEL: '0',
        CARGO_PROFILE_RELEASE_LTO: 'off',
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
        CARGO_PROFILE_RELEASE_DEBUG: '0',
        CARGO_PROFILE_RELEASE_STRIP: 'true',
      },
      stdio: ['ignore', 'inherit', 'pipe'],
      timeout: BUILD_LIMIT_MS,
    },
  );
  let compiled = 0;
  let said = '';
  cargo.stderr.on('data', (chunk: Buffer) => {
    const text = chunk.toString('utf8');
    said = (said + text).slice(-4_000);
    for (const line of text.split('\n')) {
      if (!line.includes('Compiling')) continue;
      compiled += 1;
      if (compiled % 50 === 0)
        console.error(`  ${compiled} crates, ${Math.round((Date.now() - started) / 1000)} s`);
    }
  });
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    cargo.once('error', (error) =>
      reject(new Error('The emulator suite needs cargo (Rust 1.95).', { cause: error })),
    );
    cargo.once('exit', (exitCode, signal) => resolve(exitCode ?? signal));
  });
  if (code !== 0) throw new Error(`cargo install fakecloud ended with ${code}:\n${said}`);
}

if (import.meta.main) console.log(await installFakecloud());

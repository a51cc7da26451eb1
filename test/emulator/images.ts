// The two images of the emulator's tests, made from what this machine has, because no registry need be reachable:
// AWS's Node runtime for functions (the bundled Node with its libraries and our runtime), and busybox for jobs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import type { ADocker } from './a-docker.ts';
import { runProgram } from './run-program.ts';

/** The emulator runs functions of the runtime nodejs24.x in the image of this name. */
const RUNTIME_IMAGE = 'public.ecr.aws/lambda/nodejs:24';
const RUNTIME_SOURCES = join(import.meta.dirname, 'lambda-runtime');
const LABEL = 'slipway-test-made-of';

const APPLETS =
  'sh cat cp date echo env expr false grep head hostname id ip kill ls mkdir nc printf rm sed seq sleep tail test touch tr true wc'.split(
    ' ',
  );
/** The command as a child, so that a stop reaches it: the first process of a container ignores signals it does not ask for. */
const INIT = `#!/bin/sh
"$@" &
job=$!
trap 'kill -TERM $job' TERM
wait $job; code=$?
while kill -0 $job 2>/dev/null; do wait $job; code=$?; done
exit $code
`;

/** Made anew only when what it is made of has changed. */
export async function makeRuntimeImage(docker: ADocker): Promise<void> {
  const hash = createHash('sha256').update(process.version);
  for (const name of (await readdir(RUNTIME_SOURCES)).sort()) {
    hash.update(await readFile(join(RUNTIME_SOURCES, name)));
  }
  const digest = hash.digest('hex');
  if ((await labelOf(docker, RUNTIME_IMAGE)) === digest) return;
  await inFolder(async (folder) => {
    const node = process.execPath;
    for (const library of await librariesOf(node)) await copyInto(folder, library, library);
    await copyInto(folder, node, '/runtime/node');
    // In one file, which starts sooner.
    await build({
      entryPoints: [join(RUNTIME_SOURCES, 'main.ts')],
      outfile: join(folder, 'runtime', 'main.mjs'),
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node24',
      logLevel: 'warning',
    });
    await mkdir(join(folder, 'var', 'task'), { recursive: true });
    await mkdir(join(folder, 'tmp'), { recursive: true });
    const changes = [
      'ENTRYPOINT ["/runtime/node", "/runtime/main.mjs"]',
      'WORKDIR /var/task',
      'EXPOSE 8080',
      'ENV LAMBDA_TASK_ROOT=/var/task EMULATED_ACCOUNT_ID=123456789012 TZ=:UTC',
    ];
    await importFolder(docker, folder, RUNTIME_IMAGE, digest, changes);
  });
}

/** Under the given name, with a shell and the commands of a test's job. */
export async function makeJobImage(docker: ADocker, name: string): Promise<void> {
  const busybox = '/usr/bin/busybox';
  if (!existsSync(busybox))
    throw new Error('The emulator suite needs a static busybox: apt-get install busybox-static.');
  await inFolder(async (folder) => {
    await copyInto(folder, busybox, '/bin/busybox');
    for (const applet of APPLETS) await symlink('busybox', join(folder, 'bin', applet));
    await mkdir(join(folder, 'tmp'));
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'etc', 'passwd'), 'root:x:0:0::/:/bin/sh\n');
    await writeFile(join(folder, 'bin', 'init'), INIT);
    await chmod(join(folder, 'bin', 'init'), 0o755);
    await importFolder(docker, folder, name, 'busybox', ['ENTRYPOINT ["/bin/init"]', 'ENV PATH=/bin']);
  });
}

async function labelOf(docker: ADocker, image: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${LABEL}"}}`;
  try {
    return (await docker.docker(['image', 'inspect', '--format', format, image])).trim();
  } catch {
    return undefined; // there is no such image yet
  }
}

async function importFolder(
  docker: ADocker,
  folder: string,
  name: string,
  digest: string,
  changes: readonly string[],
): Promise<void> {
  const archive = `${folder}.tar`;
  await runProgram('tar', [
    '--create',
    '--file',
    archive,
    '--owner=0',
    '--group=0',
    '--directory',
    folder,
    '.',
  ]);
  try {
    const flags = [...changes, `LABEL ${LABEL}=${digest}`].flatMap((change) => ['--change', change]);
    await docker.docker(['import', ...flags, archive, name]);
  } finally {
    await rm(archive);
  }
}

/** The files that the dynamic linker loads for a program, itself among them. */
async function librariesOf(program: string): Promise<string[]> {
  const listed = await runProgram('ldd', [program]);
  return [...listed.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}

async function copyInto(folder: string, from: string, to: string): Promise<void> {
  const target = join(folder, to);
  await mkdir(dirname(target), { recursive: true });
  await cp(from, target, { dereference: true });
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-image-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

// `npm run build:lambdas`: bundles every function in one pass into dist/lambdas, which the stack uploads once for all of them, and
// prints what each one loads when it starts. The SDK is bundled: its version is then ours, and only what is used is read.
import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const projectFolder = dirname(dirname(fileURLToPath(import.meta.url)));
const HANDLERS = join(projectFolder, 'lambdas', 'handlers');

/** CommonJS parts of dependencies ask for node's own modules by `require`, which a module has not. */
const BANNER =
  "import{createRequire as slipwayRequire}from'node:module';const require=slipwayRequire(import.meta.url);";

/**
 * A function has its credentials in its environment. Everything else that the SDK would look for them with, among it clients of
 * other services, stays out of the bundle.
 */
const CREDENTIALS_FROM_ENVIRONMENT = {
  name: 'credentials-from-environment',
  setup({ onResolve, onLoad }) {
    const namespace = 'credentials';
    onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ resolveDir }) => ({
      path: 'credential-provider-node',
      namespace,
      pluginData: resolveDir,
    }));
    onLoad({ filter: /./, namespace }, ({ pluginData: resolveDir }) => ({
      contents:
        "import { fromEnv } from '@aws-sdk/credential-provider-env'; export const defaultProvider = (options) => fromEnv(options);",
      resolveDir,
    }));
  },
};

/** Resolves with the bytes that each function loads when it starts; `lazy`: what it may load later, on top of that. */
export async function buildLambdas({ outdir = join(projectFolder, 'dist', 'lambdas') } = {}) {
  rmSync(outdir, { recursive: true, force: true });
  const names = readdirSync(HANDLERS)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'));
  const { metafile } = await build({
    entryPoints: names.map((name) => ({ in: join(HANDLERS, `${name}.ts`), out: name })),
    outdir,
    absWorkingDir: projectFolder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[hash]',
    banner: { js: BANNER },
    legalComments: 'none',
    plugins: [CREDENTIALS_FROM_ENVIRONMENT],
    metafile: true,
    logLevel: 'warning',
  });
  const outputs = new Map(
    Object.entries(metafile.outputs).map(([path, output]) => [resolve(projectFolder, path), output]),
  );
  return names.map((name) => ({ name, ...loadedBytes(outputs, join(outdir, `${name}.mjs`)) }));
}

/** Follows what is imported at once; what is imported on demand counts as lazy. */
function loadedBytes(outputs, entry) {
  const loaded = reach(outputs, [entry], (kind) => kind === 'import-statement');
  const all = reach(outputs, [entry], () => true);
  return { bytes: sum(outputs, loaded), lazyBytes: sum(outputs, all) - sum(outputs, loaded) };
}

function reach(outputs, from, follows) {
  const seen = new Set(from);
  for (const path of seen) {
    for (const { path: to, kind, external } of outputs.get(path)?.imports ?? []) {
      if (!external && follows(kind)) seen.add(resolve(projectFolder, to));
    }
  }
  return seen;
}

function sum(outputs, paths) {
  return [...paths].reduce((total, path) => total + (outputs.get(path)?.bytes ?? 0), 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(0).padStart(5)} KB`;
  for (const { name, bytes, lazyBytes } of await buildLambdas()) {
    const later = lazyBytes > 0 ? `  and ${kilobytes(lazyBytes).trim()} on demand` : '';
    console.log(`${name.padEnd(14)}${kilobytes(bytes)}${later}`);
  }
}

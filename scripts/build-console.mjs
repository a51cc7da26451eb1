// Builds the console's page where it is missing or older than its sources. Never in the way of a start: a server without
// its console is a server.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Takes half a second when there is something to do. */
export function buildConsoleIfStale(node, folder) {
  if (!isStale(folder)) return;
  const vite = join(folder, 'node_modules', 'vite', 'bin', 'vite.js');
  const built = existsSync(vite)
    ? spawnSync(node, [vite, 'build', '--config', join('console', 'vite.config.ts')], {
        cwd: folder,
        encoding: 'utf8',
      })
    : undefined;
  if (built?.status === 0) return;
  process.stderr.write(built ? `${built.stdout ?? ''}${built.stderr ?? ''}` : '');
  console.error('The console could not be built (npm run build:console); the server starts without it.');
}

export function isStale(folder) {
  const page = join(folder, 'dist', 'console', 'index.html');
  if (!existsSync(page)) return true;
  const builtAtMs = statSync(page).mtimeMs;
  const sources = readdirSync(join(folder, 'console'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  // What the page and its server have in common.
  const wire = join(folder, 'api', 'console', 'wire.ts');
  return [...sources, wire].some((file) => existsSync(file) && statSync(file).mtimeMs > builtAtMs);
}

// The page itself: what `npm run build:console` left in dist/console. It holds no secret, so it needs no session; it is only
// handed to browsers that call this server by a loopback name.
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SideRoute } from '../http-server.ts';
import { isToLoopback, SECURITY_HEADERS } from './guard.ts';

export const BUILT_CONSOLE = fileURLToPath(new URL('../../dist/console', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const UNBUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Slipway</title>
<h1>Slipway is running</h1>
<p>The Batch API is served here. The console is not built yet: run <code>npm run build:console</code> in Slipway's
folder, then load this page again.</p>
</html>
`;

/** `folder`: where the built page lies. Read anew for each request, so a new build needs no restart. */
export function createPageRoute(folder: string = BUILT_CONSOLE): SideRoute {
  return {
    method: 'GET',
    path: /^\/(?:favicon\.svg|assets\/[\w-][\w.-]*)?$/,
    async handle(request, match, response) {
      const name = match[0] === '/' ? 'index.html' : match[0].slice(1);
      const isLoopback = isToLoopback(request);
      const content = isLoopback ? await readIfThere(join(folder, name)) : undefined;
      const status = !isLoopback ? 403 : content === undefined && name !== 'index.html' ? 404 : 200;
      const body = status === 200 ? (content ?? Buffer.from(UNBUILT)) : Buffer.alloc(0);
      response.writeHead(status, {
        ...SECURITY_HEADERS,
        'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
        'content-length': body.byteLength,
        // The names in assets/ carry a hash of what is in them.
        'cache-control':
          status === 200 && name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
      response.end(body);
    },
  };
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

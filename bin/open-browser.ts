// Opens an address in the user's browser, where there is one to open. What comes of it is the browser's to show.
import { spawn } from 'node:child_process';
import type { Terminal } from './terminal.ts';

/** The program that opens addresses on this machine; `undefined` where nobody could see a browser. */
export function browserOpener(
  { env, out }: Terminal,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  if (out.columns === undefined || env['SSH_CONNECTION']) return undefined;
  if (platform === 'darwin') return 'open';
  return env['DISPLAY'] || env['WAYLAND_DISPLAY'] ? 'xdg-open' : undefined;
}

/** Resolves with whether the program could be started. It outlives this process. */
export function openBrowser(program: string, address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, [address], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

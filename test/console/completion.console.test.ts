// Completion as a person has it: a real shell on a real terminal, the command itself, and a server whose jobs it knows.
import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerProcess } from '../local/a-server-process.ts';
import { startServerProcess } from '../local/a-server-process.ts';
import { projectFolder, submit, untilStatus } from './a-console.ts';
import type { TmuxTerminal } from './a-tmux.ts';
import { aTmux } from './a-tmux.ts';

let folder: string;
let server: ServerProcess;
let fetched: string;
let terminal: TmuxTerminal;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-completion-'));
  server = await startServerProcess(join(folder, '.slipway'), ['--allow-reset']);
  const batch = server.batch();
  fetched = await submit(batch, 'true', { jobName: 'fetch' });
  await untilStatus(batch, fetched, 'SUCCEEDED');
  batch.destroy();
  const program = join(projectFolder, 'bin', 'slipway.ts');
  await mkdir(join(folder, 'bin'));
  await writeFile(
    join(folder, 'bin', 'slipway'),
    `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
  );
  await chmod(join(folder, 'bin', 'slipway'), 0o755);
});
afterAll(async () => {
  await fetch(`${server.endpoint}/_local/reset`, { method: 'POST' });
  await server.end();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => terminal?.close());

/** How a shell is begun without anybody's settings, and how its user takes our completion in. */
const SHELLS = [
  {
    shell: 'bash',
    begin: 'bash --noprofile --norc',
    load: 'eval "$(slipway completion bash)"',
    about: false,
  },
  {
    shell: 'zsh',
    begin: 'zsh -f',
    load: 'autoload -Uz compinit && compinit -D && eval "$(slipway completion zsh)"',
    about: true,
  },
  { shell: 'fish', begin: 'fish --no-config', load: 'slipway completion fish | source', about: true },
] as const;

describe.for(SHELLS)('$shell', ({ shell, begin, load, about }) => {
  it('completes a command, an option, its value, a job and a queue', async ({ skip }) => {
    const { error } = spawnSync(shell, ['-c', 'true']);
    skip(error !== undefined, `${shell} is not installed here; .ci/run installs it`);
    terminal = aTmux({ columns: 100, rows: 30, folder, environment: { programs: join(folder, 'bin') } });
    const type = (text: string): void => terminal.press('-l', text);
    const line = async (typed: string, becomes: RegExp): Promise<void> => {
      type(typed);
      terminal.press('Tab');
      await terminal.sees(becomes);
      terminal.press('C-c');
    };
    // tmux gives its own PATH to whatever it starts.
    type('export PATH="$programs:$PATH"');
    terminal.press('Enter');
    type(begin);
    terminal.press('Enter');
    // A line with nothing but its prompt: the shell that was begun waits.
    await terminal.sees(/\n[^\s"]+( ~)?[#$%>]\s*$/);
    type(load);
    terminal.press('Enter');
    type('echo load""ed');
    terminal.press('Enter');
    await terminal.sees(/^loaded$/m);
    await line('slipway subm', /slipway submit$/m);
    await line('slipway ps --sta', /slipway ps --status$/m);
    await line('slipway ps --status FAI', /--status FAILED$/m);
    await line('slipway keys rot', /slipway keys rotate$/m);
    const short = fetched.slice(0, 8);
    await line(`slipway describe ${short.slice(0, 2)}`, new RegExp(`slipway describe ${short}$`, 'm'));
    await line('slipway run --queue def', /--queue default$/m);
    if (about) {
      // A second job that begins alike does not exist: all of them are listed with what they are.
      type('slipway submit --');
      terminal.press('Tab', 'Tab');
      await terminal.sees(/--check.*say what is wrong with the file/);
    }
    terminal.picture(`completion-${shell}`);
    expect(terminal.screen().join('\n')).not.toMatch(/command not found|parse error|bad substitution/i);
  });
});

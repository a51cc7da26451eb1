import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { captureCli } from '../capture-cli.ts';

/** What bash would offer for a line; the last word is being completed. */
async function bashOffers(...words: string[]): Promise<readonly string[]> {
  const { out } = await captureCli(['completion', 'bash']);
  const line = words.map((word) => `'${word}'`).join(' ');
  const script = `${out}\nCOMP_WORDS=(${line})\nCOMP_CWORD=${words.length - 1}\n_slipway\nprintf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n').filter(Boolean);
}

describe('completion in bash', () => {
  it.each([
    [['slipway', 'su'], ['submit']],
    [['slipway', 'help', 'te'], ['terminate']],
    [['slipway', 'ps', '--st'], ['--status']],
    [['slipway', 'env', '--shell', 'f'], ['fish']],
    [['slipway', 'completion', 'z'], ['zsh']],
    [['slipway', 'submit', '--file', 'x'], []],
    [['slipway', 'nonsense', ''], []],
  ])('%j offers %j', async (words, offers) => {
    expect(await bashOffers(...words)).toEqual(offers);
  });
});

it.each(['zsh', 'fish'])(
  'the completion for %s names every command, and is a script of it',
  async (shell) => {
    const { code, out } = await captureCli(['completion', shell]);
    expect(code).toBe(0);
    for (const name of ['run', 'submit', 'watch', 'completion'])
      expect(out).toMatch(new RegExp(`\\b${name}\\b`));
    // Where the shell is at hand, it reads the script.
    const checked = spawnSync(shell, ['-n'], { input: out, encoding: 'utf8' });
    expect(checked.error ? '' : checked.stderr).toBe('');
  },
);

it('a shell that is not known is a usage error', async () => {
  expect(await captureCli(['completion', 'csh'])).toMatchObject({ code: 2 });
});

// Programs that the emulator's harness runs to their end: what they said is in the error when they fail.
import { spawn } from 'node:child_process';

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly limitMs?: number;
  /** What the program reads. */
  readonly input?: string;
}

const LIMIT_MS = 120_000;

/** Its standard output. Rejects when it does not end with 0 in time. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env = {}, cwd, limitMs = LIMIT_MS, input = '' }: ProgramOptions = {},
): Promise<string> {
  const child = spawn(program, [...args], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: limitMs,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
  });
  let output = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  child.stdin.on('error', () => (said += '\n(it read no input)'));
  child.stdin.end(input);
  const ended = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${program} did not start`, { cause: error })));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  if (ended === 0) return output;
  throw new Error(`${program} ${args.join(' ')} ended with ${ended}:\n${(output + said).slice(-6_000)}`);
}

// `slipway doctor`: what of this machine, this shell and this account could keep Slipway from working, and how to mend it.
import { Command } from 'commander';
import { resolve } from 'node:path';
import type { Finding, Verdict } from '../../local/examine-machine.ts';
import {
  examineDataFolder,
  examineDocker,
  examineHostLimits,
  examinePort,
} from '../../local/examine-machine.ts';
import type { Cli } from '../cli-context.ts';
import { exitCodes } from '../cli-error.ts';
import { examineAccount } from '../doctor/examine-account.ts';
import { examineAwsCli, examineNode } from '../doctor/examine-programs.ts';
import { examineServer } from '../doctor/examine-server.ts';
import { defaultDataDir } from '../find-server.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import { paint, type Output, type Style } from '../terminal.ts';
import { wrapTo } from '../text-width.ts';
import { plain } from '../wording.ts';
import { defaultPort } from './local.ts';

interface DoctorOptions extends ReadingOptions {
  readonly aws?: boolean;
}

export function createDoctorCommand(cli: Cli): Command {
  const command = new Command('doctor')
    .description('Look for what could keep Slipway from working here, and say how to mend it.')
    .option('--aws', 'also look at the AWS account of this shell')
    .action((options: DoctorOptions) => examine(cli, options));
  return addExamples(
    addJsonOption(addServerOptions(command)),
    ['slipway doctor', 'slipway doctor --aws', 'slipway doctor --json'],
    '0 nothing is wrong, 1 something is, 2 wrong usage.',
  );
}

async function examine(cli: Cli, options: DoctorOptions): Promise<void> {
  const { env, cwd, out } = cli.terminal;
  const server = await examineServer(cli.terminal, options);
  const isOnPort = server.endpoint !== undefined && new URL(server.endpoint).port === String(defaultPort);
  const findings: readonly Finding[] = [
    examineNode(),
    await examineDocker(env),
    examineHostLimits(),
    await examineDataFolder(resolve(cwd, options.dataDir ?? defaultDataDir)),
    await examinePort(defaultPort, isOnPort),
    ...server.findings,
    await examineAwsCli(env),
    ...(options.aws ? await examineAccount(env) : []),
  ];
  cli.exitCode = findings.some(({ verdict }) => verdict === 'wrong') ? exitCodes.failure : exitCodes.ok;
  if (options.json) out.write(`${JSON.stringify(findings, undefined, 2)}\n`);
  else for (const finding of findings) printFinding(out, finding);
}

const styles: Readonly<Record<Verdict, Style>> = { ok: 'green', note: 'yellow', wrong: 'red' };

/** Of what stands behind the verdict. */
const INDENT = 6;

function printFinding(out: Output, { about, verdict, found, mend }: Finding): void {
  const inLines = (text: string): readonly string[] =>
    out.columns === undefined ? [text] : wrapTo(text, Math.max(INDENT, out.columns - INDENT));
  const [first = '', ...rest] = inLines(`${about}: ${plain(found)}`);
  const told = first.startsWith(about) ? paint(out, 'bold', about) + first.slice(about.length) : first;
  const mending = mend === undefined ? [] : inLines(mend).map((line) => paint(out, 'dim', line));
  const lines = [
    `${paint(out, styles[verdict], verdict.padEnd(INDENT - 1))} ${told}`,
    ...[...rest, ...mending].map((line) => ' '.repeat(INDENT) + line),
  ];
  out.write(lines.map((line) => `${line}\n`).join(''));
}

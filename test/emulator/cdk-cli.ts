// The real CDK CLI, pointed at the emulator.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ACCOUNT, REGION } from './a-fakecloud.ts';
import { runProgram } from './run-program.ts';

const PROJECT = join(import.meta.dirname, '..', '..');
const LIMIT_MS = 300_000;

export interface CdkApp {
  /** The command that synthesizes, in place of the one in cdk.json. */
  readonly app?: string;
  readonly context?: Readonly<Record<string, string>>;
}

/** What stacks say at their end, by stack and output name. */
export type Outputs = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface CdkCli {
  bootstrap(): Promise<void>;
  /** All stacks, with their outputs. */
  deploy(app?: CdkApp): Promise<Outputs>;
  destroy(app?: CdkApp): Promise<void>;
}

/** Writes only into the given folder. */
export function cdkCli(env: Readonly<Record<string, string>>, folder: string): CdkCli {
  const run = (args: readonly string[], cwd: string): Promise<string> =>
    runProgram(
      process.execPath,
      [join(PROJECT, 'node_modules', 'aws-cdk', 'bin', 'cdk'), ...args, '--ci', '--no-color', '--no-notices'],
      {
        cwd,
        env: {
          ...env,
          CDK_DISABLE_CLI_TELEMETRY: '1',
          CDK_DEFAULT_ACCOUNT: ACCOUNT,
          CDK_DEFAULT_REGION: REGION,
          // `node` in the app's command is the bundled one.
          PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
        },
        limitMs: LIMIT_MS,
      },
    );
  const withApp = (args: readonly string[], { app, context = {} }: CdkApp = {}): Promise<string> => {
    const given = Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
    const flags = app === undefined ? given : [...given, '--app', app];
    return run([...args, '--all', '--output', join(folder, 'cdk.out'), ...flags], PROJECT);
  };
  return {
    async bootstrap() {
      await run(['bootstrap', `aws://${ACCOUNT}/${REGION}`], folder); // where no cdk.json is: it needs no app
    },
    async deploy(app) {
      const outputs = join(folder, 'outputs.json');
      await withApp(['deploy', '--require-approval=never', '--outputs-file', outputs], app);
      return JSON.parse(await readFile(outputs, 'utf8')) as Outputs; // written by the CDK CLI in this shape
    },
    async destroy(app) {
      await withApp(['destroy', '--force'], app);
    },
  };
}

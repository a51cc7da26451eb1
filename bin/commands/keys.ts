// `slipway keys`: key pairs that sign calls, each with the policies that bind it. A secret is printed once, when it is made.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { usageError } from '../cli-error.ts';
import {
  DEFAULT_SECRET_PREFIX,
  readPolicyFile,
  useKeys,
  type KeyOptions,
  type MadeKey,
  type ShownKey,
} from '../key-client.ts';
import { addExamples, addJsonOption, addServerOptions, collect, integer } from '../options.ts';
import { printTable } from '../table.ts';
import { formatTime } from '../wording.ts';

interface ReadKeysOptions extends KeyOptions {
  readonly json?: boolean;
}

interface CreateOptions extends ReadKeysOptions {
  readonly name: string;
  readonly policy?: readonly string[];
  readonly fullAccess?: boolean;
}

interface RotateOptions extends ReadKeysOptions {
  readonly overlap: number;
}

const hoursPerWeek = 168;

export function createKeysCommand(cli: Cli): Command {
  const command = new Command('keys').description('Make, list, replace and delete access keys.');
  for (const create of [createCommand, listCommand, rotateCommand, deleteCommand]) {
    command.addCommand(configured(create(cli)));
  }
  return addExamples(command, [
    'slipway keys create --name ci --policy ci-policy.json',
    'slipway keys list',
    'slipway keys rotate SLIPWAYABCDEFGHIJKLM --overlap 24',
    'slipway keys delete SLIPWAYABCDEFGHIJKLM',
  ]);

  /** The program configures its own commands only, not those below them. */
  function configured(sub: Command): Command {
    const { out, err } = cli.terminal;
    return sub.exitOverride().configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, 'slipway:')),
    });
  }
}

function createCommand(cli: Cli): Command {
  const command = new Command('create')
    .description('Make a key pair and print it; the secret is never shown again.')
    .requiredOption('--name <name>', 'whose key it is; aws:username in policies')
    .option('--policy <file>', 'an IAM policy that binds it; repeatable', collect)
    .option('--full-access', 'bind it by no policy')
    .action((options: CreateOptions) => create(cli, options));
  return withOptions(command);
}

function listCommand(cli: Cli): Command {
  const command = new Command('list')
    .description('List the key pairs, without their secrets.')
    .action((options: ReadKeysOptions) => list(cli, options));
  return withOptions(command);
}

function rotateCommand(cli: Cli): Command {
  const command = new Command('rotate')
    .description('Make a new key pair with the name and the policies of another, which then ends.')
    .argument('<access-key-id>', 'the key to replace')
    .option('--overlap <hours>', 'how long the old one goes on', integer(0, hoursPerWeek), 0)
    .action((accessKeyId: string, options: RotateOptions) => rotate(cli, accessKeyId, options));
  return withOptions(command);
}

function deleteCommand(cli: Cli): Command {
  const command = new Command('delete')
    .description('Delete a key pair: calls signed with it are refused from now on.')
    .argument('<access-key-id>', 'the key to delete')
    .action((accessKeyId: string, options: ReadKeysOptions) => remove(cli, accessKeyId, options));
  return withOptions(command);
}

function withOptions(command: Command): Command {
  return addJsonOption(addServerOptions(command)).option(
    '--secret-prefix <text>',
    'for a server in an AWS account: what its keys’ names in Secrets Manager begin with',
    DEFAULT_SECRET_PREFIX,
  );
}

async function create(cli: Cli, options: CreateOptions): Promise<void> {
  const { terminal } = cli;
  const files = options.policy ?? [];
  // A key that may do everything must not come of a forgotten option.
  if ((files.length === 0) !== (options.fullAccess === true)) {
    throw usageError(
      'Either --policy <file> or --full-access is wanted.',
      'Help: slipway keys create --help',
    );
  }
  const policies = await Promise.all(files.map((file) => readPolicyFile(terminal, file)));
  printMade(cli, options, await useKeys(terminal, options, (keys) => keys.create(options.name, policies)));
}

async function rotate(cli: Cli, accessKeyId: string, options: RotateOptions): Promise<void> {
  const made = await useKeys(cli.terminal, options, (keys) => keys.rotate(accessKeyId, options.overlap));
  printMade(cli, options, made);
  const ends = options.overlap === 0 ? 'is refused from now on' : `is refused in ${options.overlap} h`;
  cli.terminal.err.write(`${accessKeyId} ${ends}.\n`);
}

async function remove(cli: Cli, accessKeyId: string, options: ReadKeysOptions): Promise<void> {
  await useKeys(cli.terminal, options, (keys) => keys.delete(accessKeyId));
  if (options.json) cli.terminal.out.write(`${JSON.stringify({ accessKeyId }, undefined, 2)}\n`);
  else cli.terminal.err.write(`Deleted ${accessKeyId}.\n`);
}

async function list(cli: Cli, options: ReadKeysOptions): Promise<void> {
  const { out, err } = cli.terminal;
  const keys = await useKeys(cli.terminal, options, (client) => client.list());
  if (options.json) {
    out.write(`${JSON.stringify(keys, undefined, 2)}\n`);
    return;
  }
  if (keys.length === 0) {
    err.write('No keys were made here. Make one with: slipway keys create\n');
    return;
  }
  printTable(
    out,
    [
      { title: 'ACCESS KEY', cell: ({ accessKeyId }) => accessKeyId },
      { title: 'NAME', cell: ({ name }) => name, shrinks: true },
      { title: 'ACCESS', cell: accessOf },
      { title: 'MADE', cell: ({ createdAt }) => formatTime(createdAt) },
      { title: 'ENDS', cell: ({ expiresAt }) => (expiresAt === undefined ? '-' : formatTime(expiresAt)) },
    ],
    keys,
  );
}

function accessOf({ policies }: ShownKey): string {
  if (policies.length === 0) return 'full';
  return policies.length === 1 ? '1 policy' : `${policies.length} policies`;
}

function printMade({ terminal }: Cli, options: ReadKeysOptions, made: MadeKey): void {
  const { out, err } = terminal;
  if (options.json) {
    out.write(`${JSON.stringify(made, undefined, 2)}\n`);
    return;
  }
  // What a shell can read: the secret is wanted in one, and is never shown again.
  out.write(`AWS_ACCESS_KEY_ID=${made.accessKeyId}\nAWS_SECRET_ACCESS_KEY=${made.secretAccessKey}\n`);
  err.write('Keep the secret now: it is not shown again.\n');
}

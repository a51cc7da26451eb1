// `slipway env`: prints what points AWS clients at a server, ready for eval: the local one, with its keys, or one in an AWS
// account, where the user's own credentials sign.
import { Command, Option } from 'commander';
import { connect } from 'node:net';
import type { Cli } from '../cli-context.ts';
import { cloudVariables, defaultModelsDir } from '../cloud-env.ts';
import { isOnThisMachine, readEndpoint } from '../endpoint-kind.ts';
import { findLocalServer } from '../find-server.ts';
import type { KeyedServer, Server } from '../server.ts';
import { addExamples, addJsonOption, addServerOptions, type ReadingOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { unreachable } from '../use-server.ts';

const shells = ['sh', 'fish', 'powershell'] as const;
type Shell = (typeof shells)[number];

interface EnvOptions extends ReadingOptions {
  readonly shell: Shell;
  readonly modelsDir: string;
}

export function createEnvCommand(cli: Cli): Command {
  const command = new Command('env')
    .description('Print the variables that point AWS clients at the server in this folder, or at --endpoint.')
    .addOption(new Option('--shell <kind>', 'the syntax to print').choices(shells).default('sh'))
    .option(
      '--models-dir <folder>',
      'for a server in an AWS account: where to write what makes clients sign for it',
      defaultModelsDir,
    )
    .action((options: EnvOptions) => printEnvironment(cli, options));
  return addExamples(addJsonOption(addServerOptions(command)), [
    'eval "$(slipway env)"                      # bash, zsh, dash',
    'slipway env --shell fish | source',
    'slipway env --shell powershell | Out-String | Invoke-Expression',
    'eval "$(slipway env --endpoint https://abc123.execute-api.eu-west-1.amazonaws.com)"',
  ]);
}

async function printEnvironment({ terminal }: Cli, options: EnvOptions): Promise<void> {
  const { endpoint } = options;
  if (endpoint !== undefined && !isOnThisMachine(readEndpoint(endpoint))) {
    printVariables(terminal, options, cloudVariables(terminal, { ...options, endpoint }), []);
    return;
  }
  const server = findLocalServer(terminal, options);
  const { credentials } = server;
  if (typeof credentials === 'function') {
    const cloud = { ...options, endpoint: server.endpoint };
    printVariables(terminal, options, cloudVariables(terminal, cloud), []);
    return;
  }
  // Variables that point nowhere would break the shell they are set in, long after this.
  await checkThatItListens(server);
  // A token left over from a role would be sent along with our keys, and refused.
  const unwanted = credentials.sessionToken ? [] : ['AWS_SESSION_TOKEN'];
  printVariables(terminal, options, variablesFor({ ...server, credentials }), unwanted);
}

function printVariables(
  { out }: Terminal,
  options: EnvOptions,
  variables: Readonly<Record<string, string>>,
  unwanted: readonly string[],
): void {
  if (options.json) {
    out.write(`${JSON.stringify(variables, undefined, 2)}\n`);
    return;
  }
  const lines = [
    ...Object.entries(variables).map(([name, value]) => setLine(options.shell, name, value)),
    ...unwanted.map((name) => unsetLine(options.shell, name)),
  ];
  out.write(`${lines.join('\n')}\n`);
}

/** The variables of AWS's own clients, by name. */
export function variablesFor({ endpoint, region, credentials }: KeyedServer): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_BATCH: endpoint,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: endpoint,
    AWS_ENDPOINT_URL_ECS: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
  };
}

function setLine(shell: Shell, name: string, value: string): string {
  switch (shell) {
    case 'sh':
      return `export ${name}=${quoteForShell(value)}`;
    case 'fish':
      return `set -gx ${name} '${value.replaceAll(/[\\']/g, String.raw`\$&`)}'`;
    case 'powershell':
      return `$env:${name} = '${value.replaceAll("'", "''")}'`;
  }
}

function unsetLine(shell: Shell, name: string): string {
  switch (shell) {
    case 'sh':
      return `unset ${name}`;
    case 'fish':
      return `set -e ${name}`;
    case 'powershell':
      return `Remove-Item Env:${name} -ErrorAction SilentlyContinue`;
  }
}

/** A POSIX shell word; bare where nothing in it means anything to a shell. */
export function quoteForShell(value: string): string {
  return /^[\w%+,./:=@-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
}

async function checkThatItListens(server: Server): Promise<void> {
  const { hostname, port, protocol } = new URL(server.endpoint);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  await new Promise<void>((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port) || (protocol === 'https:' ? 443 : 80),
      timeout: 3_000,
    });
    const fail = (cause: unknown): void => {
      socket.destroy();
      reject(unreachable(server, cause));
    };
    socket.once('error', fail).once('timeout', () => fail(new Error('timed out')));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

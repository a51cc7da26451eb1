// `slipway proxy`: a door on this machine to a server in an AWS account, for clients that can only sign for `batch`.
import { Command } from 'commander';
import type { Cli } from '../cli-context.ts';
import { cloudRegion, readEndpoint } from '../endpoint-kind.ts';
import { addExamples, integer } from '../options.ts';
import { explainStart } from '../start-server.ts';

interface ProxyCommandOptions {
  readonly endpoint: string;
  readonly region?: string;
  readonly port: number;
  readonly profile?: string;
}

const defaultPort = 7412;
const highestPort = 65_535;

export function createProxyCommand(cli: Cli): Command {
  const command = new Command('proxy')
    .description(
      'Take calls on this machine and pass them on to a server in an AWS account, signed as it wants.',
    )
    .requiredOption('--endpoint <url>', 'the server’s address')
    .option('--region <name>', 'its Region (default: the one in the address)')
    .option(
      '--port <port>',
      'the port on 127.0.0.1; 0 for any free one',
      integer(0, highestPort),
      defaultPort,
    )
    .option('--profile <name>', 'the profile of the AWS configuration to sign with')
    .action((options: ProxyCommandOptions) => proxy(cli, options));
  return addExamples(
    command,
    [
      'slipway proxy --endpoint https://abc123.execute-api.eu-west-1.amazonaws.com',
      'AWS_ENDPOINT_URL_BATCH=http://127.0.0.1:7412 aws batch describe-job-queues   # in another terminal',
    ],
    '0 ended by Ctrl-C, 1 failed, 2 wrong usage.',
  );
}

async function proxy({ terminal }: Cli, options: ProxyCommandOptions): Promise<void> {
  const endpoint = readEndpoint(options.endpoint);
  const region = cloudRegion(endpoint, options.region, terminal.env);
  const [{ startProxy }, { standardCredentials }] = await Promise.all([
    import('../../local/proxy.ts'),
    import('../../local/proxy-credentials.ts'),
  ]);
  const credentials = standardCredentials(options.profile);
  await credentials(); // who has none hears of it now, and not from their first call
  let running;
  try {
    running = await startProxy({
      endpoint,
      region,
      port: options.port,
      credentials,
      log: (event, fields) => terminal.err.write(`${JSON.stringify({ event, ...fields })}\n`),
    });
  } catch (error) {
    throw explainStart(error);
  }
  terminal.out.write(`Slipway proxy ready: ${running.endpoint}\n`);
  terminal.err.write(
    `It passes calls on to ${endpoint} in ${region}; sign them with the same AWS credentials.\n`,
  );
  await new Promise<void>((resolve) => {
    const stop = terminal.onInterrupt(() => {
      stop();
      resolve();
    });
  });
  await running.close();
}

// A server in an AWS account as commands reach it: one stand-in for what is behind API Gateway, one for CloudWatch Logs, with one group.
import type { Server } from '../../bin/server.ts';
import { visitServer, type Visit } from '../../bin/use-server.ts';
import type { Terminal } from '../../bin/terminal.ts';
import type { LogGroupDouble } from '../adapters/cloudwatch/a-log-group.ts';
import { aLogGroup } from '../adapters/cloudwatch/a-log-group.ts';
import { FakeError, keys, startFakeServer, type FakeServer } from './fake-server.ts';

export interface AnAccount {
  readonly gateway: FakeServer;
  readonly logs: FakeServer;
  readonly group: LogGroupDouble;
  /** What is printed. */
  readonly printed: string[];
  run(command: (visit: Visit, terminal: Terminal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export async function anAccount(reader: 'events' | 'audit'): Promise<AnAccount> {
  const [gateway, logs] = [await startFakeServer(), await startFakeServer()];
  const group = aLogGroup({ name: `/aws/events/${reader}` });
  group.nowMs = Number.POSITIVE_INFINITY;
  const home = { kind: 'account', account: '123456789012', region: 'eu-west-1', runtime: 'ecs' };
  gateway.answers.set('/_slipway/home', () => ({
    ...home,
    logGroups: { jobs: '/aws/batch/job', [reader]: group.name },
  }));
  logs.answers.set('FilterLogEvents', (body) => {
    try {
      return group.answer('FilterLogEvents', body);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      throw new FakeError(400, name, message);
    }
  });
  const server: Server = {
    endpoint: gateway.endpoint,
    region: 'eu-west-1',
    credentials: async () => keys,
    foundIn: '--endpoint',
    signsFor: 'execute-api',
    logsEndpoint: logs.endpoint,
  };
  const printed: string[] = [];
  const out = { write: (text: string) => void printed.push(text), columns: undefined, colors: false };
  // Commands that read write to stdout, and nothing else.
  const terminal = { env: {}, cwd: '/', out, err: out } as unknown as Terminal;
  return {
    gateway,
    logs,
    group,
    printed,
    run: (command) => visitServer(server, (visit) => command(visit, terminal)),
    async close() {
      await gateway.close();
      await logs.close();
    },
  };
}

// One address on loopback for every AWS service that the functions call, which counts what they ask for.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AwsServices, Input } from './aws-services.ts';
import { ServiceError } from './aws-services.ts';
import type { Answer } from './metered-dynamodb.ts';
import { passOn } from './metered-dynamodb.ts';
import type { Usage } from './usage.ts';
import { add } from './usage.ts';

export interface MeteredAws {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startMeteredAws(
  dynamoDbEndpoint: string,
  services: AwsServices,
  usage: () => Usage,
): Promise<MeteredAws> {
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await bodyOf(incoming);
      const service = serviceOf(incoming);
      const answer =
        service === 'dynamodb'
          ? await passOn(dynamoDbEndpoint, incoming, body, usage)
          : await answerOf(services, usage, service, incoming, body);
      reply(outgoing, answer);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer); // a request without an encoding yields buffers
  return Buffer.concat(chunks);
}

/** As the signature names it. */
function serviceOf({ headers }: IncomingMessage): string {
  return /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'unsigned';
}

async function answerOf(
  { operations, askEcs }: AwsServices,
  usage: () => Usage,
  service: string,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  if (service === 'iam') return { status: 200, body: askIam(usage(), new URLSearchParams(body.toString())) };
  const name = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
  add(usage().calls, `${service}:${name}`);
  const input = JSON.parse(body.toString()) as Input; // these services speak JSON objects
  const operation = operations[`${service}:${name}`];
  try {
    const answer = service === 'ecs' ? await askEcs(name, input) : await operation?.(input);
    if (answer === undefined) throw new ServiceError('UnknownOperationException');
    return { status: 200, body: JSON.stringify(answer, datesAsSeconds) };
  } catch (error) {
    const code = error instanceof ServiceError ? error.code : error instanceof Error ? error.name : 'Error';
    return { status: 400, body: JSON.stringify({ __type: code, message: String(error) }) };
  }
}

/** JSON protocols write times as seconds. */
function datesAsSeconds(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const raw = this[key];
  return raw instanceof Date ? raw.getTime() / 1000 : value;
}

/** Everything is allowed to everybody; what is asked is counted. */
function askIam(usage: Usage, asked: URLSearchParams): string {
  const action = asked.get('Action') ?? '';
  add(usage.calls, `iam:${action}`);
  const name = asked.get('RoleName') ?? '';
  const created = '<CreateDate>2026-01-01T00:00:00Z</CreateDate><RoleId>AROAEXAMPLE</RoleId>';
  const role = `<Role><Path>/</Path><RoleName>${name}</RoleName><Arn>arn:aws:iam::123456789012:role/${name}</Arn>${created}</Role>`;
  const resources = [...asked].filter(([key]) => key.startsWith('ResourceArns.')).map(([, arn]) => arn);
  const decisions = resources.map(
    (arn) =>
      `<member><EvalActionName>${asked.get('ActionNames.member.1')}</EvalActionName><EvalResourceName>${arn}</EvalResourceName><EvalDecision>allowed</EvalDecision></member>`,
  );
  const result = action === 'GetRole' ? role : `<EvaluationResults>${decisions.join('')}</EvaluationResults>`;
  return `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>`;
}

function reply(outgoing: ServerResponse, { status, body }: Answer): void {
  outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
  outgoing.end(body);
}

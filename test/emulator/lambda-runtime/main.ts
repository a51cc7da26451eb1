// The managed runtime of the emulator's functions: what AWS's own image does, as far as functions can tell. It serves the
// invocation endpoint, imports the handler from /var/task and answers in Lambda's shapes. One invocation at a time.
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { apiEventAsSent, deliver } from './event-sources.ts';
import { functionArn } from './invocation.ts';
import type { Answer } from './invocation.ts';
import { keepWhatIsWritten, sendWhatWasWritten } from './function-logs.ts';

const PORT = 8080;
const TASK_FOLDER = process.env['LAMBDA_TASK_ROOT'] ?? '/var/task';
const environment = process.env;

type Handler = (event: unknown, context: unknown) => unknown;

async function importHandler(): Promise<Handler> {
  const name = process.argv[2] ?? environment['_HANDLER'] ?? 'index.handler';
  const dot = name.lastIndexOf('.');
  const stem = join(TASK_FOLDER, name.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((suffix) => stem + suffix).find((path) => existsSync(path));
  if (!file) throw new Error(`Cannot find module '${stem}'`);
  const loaded: Record<string, unknown> = await import(file);
  const handler = loaded[name.slice(dot + 1)];
  if (typeof handler !== 'function') throw new Error(`${name} is undefined or not exported`);
  return handler as Handler; // that it takes an event and a context is the function's own promise
}

/**
 * Before the handler is imported, whose clients read the environment. The emulator guesses the host's address on the bridge,
 * and is wrong where the machine has several: the container's own default gateway is right. Its CloudFormation gives a log
 * group's ARN where AWS gives the name.
 */
function mendEnvironment(): void {
  const routes = readFileSync('/proc/net/route', 'utf8')
    .split('\n')
    .map((line) => line.split('\t'));
  const gateway = routes.find(([, destination]) => destination === '00000000')?.[2];
  if (!gateway) return; // without a network there is no emulator either
  const address = [6, 4, 2, 0].map((at) => Number.parseInt(gateway.slice(at, at + 2), 16)).join('.');
  for (const [name, value = ''] of Object.entries(environment)) {
    environment[name] = value
      .replaceAll('host.docker.internal', address)
      .replace(/^arn:aws:logs:[^:]*:\d*:log-group:(.+?)(:\*)?$/, '$1');
  }
}
mendEnvironment();
keepWhatIsWritten();

/** Imported once; a failed import is told to every caller, as Lambda's init error is. */
const handler = importHandler();
handler.catch((error: unknown) => console.error('the handler could not be imported', error));

const timeoutMs = Number(environment['AWS_LAMBDA_FUNCTION_TIMEOUT'] ?? '3') * 1000;

function contextOf(requestId: string, deadline: number): Record<string, unknown> {
  const functionName = environment['AWS_LAMBDA_FUNCTION_NAME'];
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: environment['AWS_LAMBDA_FUNCTION_VERSION'],
    invokedFunctionArn: functionArn(),
    memoryLimitInMB: environment['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: environment['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: environment['AWS_LAMBDA_LOG_STREAM_NAME'],
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/** One invocation, within the function's own time. */
async function invoke(event: unknown): Promise<Answer> {
  const requestId = randomUUID();
  console.log(`START RequestId: ${requestId}`);
  const timeout = Promise.withResolvers<Answer>();
  const timer = setTimeout(() => {
    const errorMessage = `RequestId: ${requestId} Error: Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`;
    timeout.resolve({ error: { errorType: 'Sandbox.Timedout', errorMessage } });
  }, timeoutMs);
  const ended = await Promise.race([timeout.promise, call(event, requestId)]);
  clearTimeout(timer);
  if (ended.error) console.error(JSON.stringify(ended.error));
  console.log(`END RequestId: ${requestId}`);
  return ended;
}

async function call(event: unknown, requestId: string): Promise<Answer> {
  try {
    const run = await handler;
    return { result: await run(event, contextOf(requestId, Date.now() + timeoutMs)) };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return { error: { errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // a request without an encoding yields buffers
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : JSON.parse(text);
}

/** An event source of ours that fails is told like a function's error: nobody may take the batch for done. */
async function answer(request: IncomingMessage): Promise<Answer> {
  try {
    return await deliver(apiEventAsSent(await bodyOf(request)), invoke);
  } catch (error) {
    console.error('the event could not be delivered', error);
    return { error: { errorType: 'EventSource', errorMessage: String(error) } };
  }
}

const server = createServer((request, response) => {
  void (async () => {
    const { result = null, error } = await answer(request);
    await sendWhatWasWritten();
    // The emulator takes any answer to a batch for its end, but not a broken connection.
    if (error?.errorType === 'EventSource') return response.destroy();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(error ?? result));
    // Lambda gives up an environment whose function ran out of its time: what still runs there must not go on.
    if (error?.errorType === 'Sandbox.Timedout') response.once('close', () => process.exit(1));
  })();
});
server.requestTimeout = 0;
// Past what is kept as the function's own words.
server.listen(PORT, '0.0.0.0', () => writeSync(1, 'runtime listens\n'));
process.once('SIGTERM', () => process.exit(0));

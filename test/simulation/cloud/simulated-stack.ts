// CloudFormation with our custom resources: it calls the function `resource` as Lambda's asynchronous calls are made, now and then
// twice, and listens at an address for the answer; what takes long comes back through a queue.
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { ResourceEvent } from '../../../lambdas/resource-steps.ts';
import type { Watched } from '../invariants.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { queueEventOf } from './aws-events.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Functions } from './functions.ts';
import type { ServiceCalls } from './service-calls.ts';

export interface StackAnswerTold {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly PhysicalResourceId: string;
  readonly Reason?: string;
}

export type StackRequest = Pick<
  ResourceEvent,
  'RequestType' | 'ResourceType' | 'LogicalResourceId' | 'PhysicalResourceId'
> & { readonly input: object; readonly oldInput?: object };

export interface SimulatedStack {
  /** What SQS does of a command for the queue of resources. */
  readonly answer: (command: object) => object;
  /** The answer is what CloudFormation was told; it goes by the first answer. */
  ask(request: StackRequest): { readonly told: () => StackAnswerTold | undefined };
  /** What was given up: nobody answers a stack any more. */
  readonly deadLetters: readonly string[];
  isIdle(): boolean;
  uninstall(): void;
}

export interface StackBehaviour {
  /** Per event: it comes twice. */
  readonly twice: number;
}

/** As lib/queues.ts and lib/triggers.ts have them. */
const VISIBILITY_MS = 45_000;
const RECEIVES_MAX = 5;
const RETRY_MS = [60_000, 120_000];
const STACK = 'arn:aws:cloudformation:us-east-1:123456789012:stack/one/1';

export function createSimulatedStack(deps: {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly services: ServiceCalls;
  readonly functions: Pick<Functions, 'invoke'>;
  readonly watched: Watched;
  readonly behaviour: () => StackBehaviour;
  readonly trace: (line: string) => void;
}): SimulatedStack {
  const { time, random, services, trace, watched } = deps;
  const answers = new Map<string, StackAnswerTold[]>();
  const deadLetters: string[] = [];
  let requests = 0;
  let underWay = 0;

  function hear(requestId: string, body: string): Response {
    const told = JSON.parse(body) as StackAnswerTold; // what the function sends
    const earlier = answers.get(requestId) ?? [];
    trace(`stack: ${requestId} is answered ${body.slice(0, 300)}`);
    const [first] = earlier;
    if (first && (first.Status !== told.Status || first.PhysicalResourceId !== told.PhysicalResourceId))
      watched.violated('7 messages', `${requestId} is answered ${body}, after ${JSON.stringify(first)}`);
    answers.set(requestId, [...earlier, told]);
    return new Response('', { status: 200 });
  }

  const own = globalThis.fetch;
  const put: typeof fetch = (url, init) => {
    const address = url instanceof Request ? url.url : url.toString();
    const requestId = address.split('/').at(-1) ?? '';
    const body = Buffer.from(init?.body as Uint8Array).toString('utf8'); // as the function sends it
    return services.call({
      service: 'cloudformation',
      operation: 'PutAnswer',
      about: () => body,
      effect: () => hear(requestId, body),
      error: (how) => new TypeError(`fetch failed: ${how}`),
    });
  };
  globalThis.fetch = put;

  async function call(event: object, tries: number): Promise<void> {
    const { kind } = await deps.functions.invoke('resource', event);
    const pauseMs = kind === 'throttled' ? 5_000 : RETRY_MS[tries];
    if (kind === 'answered') underWay -= 1;
    else if (pauseMs === undefined) {
      underWay -= 1;
      deadLetters.push(JSON.stringify(event));
    } else time.after(pauseMs, () => void call(event, kind === 'throttled' ? tries : tries + 1));
  }

  async function receive(body: string, receives: number): Promise<void> {
    const event = queueEventOf([{ id: `later-${receives}`, body }]);
    const { kind } = await deps.functions.invoke('resource', event);
    if (kind === 'answered') underWay -= 1;
    else if (receives >= RECEIVES_MAX) {
      underWay -= 1;
      deadLetters.push(body);
    } else
      time.after(VISIBILITY_MS, () => void receive(body, kind === 'throttled' ? receives : receives + 1));
  }

  function begin(work: () => void): void {
    underWay += 1;
    work();
  }

  return {
    answer(command) {
      if (!(command instanceof SendMessageCommand)) throw new Error('the queue knows no such operation');
      const { MessageBody = '', DelaySeconds = 0 } = command.input;
      begin(() => time.after(DelaySeconds * 1_000 + random.int(2, 40), () => void receive(MessageBody, 1)));
      return { MessageId: 'later' };
    },
    ask({ input, oldInput, ...request }) {
      const RequestId = `request-${(requests += 1)}`;
      const event: ResourceEvent = {
        ...request,
        RequestId,
        StackId: STACK,
        ResponseURL: `https://cloudformation.example/${RequestId}`,
        ResourceProperties: { Input: JSON.stringify(input) },
        ...(oldInput ? { OldResourceProperties: { Input: JSON.stringify(oldInput) } } : {}),
      };
      const send = (): void => begin(() => time.after(random.int(1, 100), () => void call(event, 0)));
      send();
      if (random.chance(deps.behaviour().twice)) send();
      return { told: () => answers.get(RequestId)?.[0] };
    },
    deadLetters,
    isIdle: () => underWay === 0,
    uninstall() {
      globalThis.fetch = own;
    },
  };
}

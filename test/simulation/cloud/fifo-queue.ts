// The scheduler's FIFO queue and Lambda's event source on it: the messages of a group are received in order, and none while an
// earlier one is being worked on; what is not done is seen again when its time is up, and put aside after so many times.
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { FUNCTIONS } from '../../../lambdas/registry.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { queueEventOf } from './aws-events.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Functions, InvocationOutcome } from './functions.ts';

export interface QueueBehaviour {
  /** Per batch: it is received again though it was done, as after a lost deletion. */
  readonly again: number;
  /** Per message: it vanishes. SQS does not do that; whoever forgets to send it does. */
  readonly lost: number;
}

export interface FifoQueue {
  /** What SQS does of a client's command. */
  readonly answer: (command: object) => object;
  readonly deadLetters: readonly string[];
  /** Bodies of all messages there ever were. */
  readonly all: readonly string[];
  /** As if somebody had sent them again. */
  sendAgain(bodies: readonly string[]): void;
  isIdle(): boolean;
}

interface Message {
  readonly id: string;
  readonly group: string;
  readonly body: string;
  receives: number;
  visibleAtMs: number;
}

/** As lib/queues.ts has them. */
const VISIBILITY_MS = 45_000;
const RECEIVES_MAX = 5;
const DEDUPLICATED_MS = 300_000;

const { trigger } = FUNCTIONS.find(({ name }) => name === 'schedule') ?? {};
const BATCH = trigger?.kind === 'queue' ? trigger.batchSize : 1;

export function createFifoQueue(deps: {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly functions: Pick<Functions, 'invoke'>;
  readonly behaviour: () => QueueBehaviour;
  readonly trace: (line: string) => void;
}): FifoQueue {
  const { time, random, trace } = deps;
  const sent = new Map<string, number>();
  const deadLetters: string[] = [];
  const all: string[] = [];
  let messages: Message[] = [];
  let numbers = 0;

  function send(group: string, body: string): void {
    all.push(body);
    if (random.chance(deps.behaviour().lost)) {
      trace(`queue: loses ${body.slice(0, 120)}`);
      return;
    }
    const id = `message-${(numbers += 1)}`;
    messages.push({ id, group, body, receives: 0, visibleAtMs: time.elapsedMs() });
    time.after(random.int(2, 40), receive);
  }

  /** The messages that may be received: of each group those before the first that is not visible. */
  function receivable(): readonly Message[] {
    const locked = new Set<string>();
    return messages.filter((message) => {
      if (locked.has(message.group)) return false;
      if (message.visibleAtMs <= time.elapsedMs()) return true;
      locked.add(message.group);
      return false;
    });
  }

  function receive(): void {
    for (const message of receivable()) {
      if (message.receives < RECEIVES_MAX) continue;
      trace(`queue: gives up ${message.body.slice(0, 120)}`);
      deadLetters.push(message.body);
      messages = messages.filter((other) => other !== message);
    }
    const [first] = receivable();
    if (!first) return;
    const isMixed = random.chance(0.3);
    const batch = receivable()
      .filter(({ group }) => group === first.group || isMixed)
      .slice(0, BATCH);
    for (const message of batch) {
      message.receives += 1;
      message.visibleAtMs = time.elapsedMs() + VISIBILITY_MS;
    }
    time.after(VISIBILITY_MS + 1, receive);
    time.after(1, receive);
    void deps.functions.invoke('schedule', queueEventOf(batch)).then((outcome) => settle(batch, outcome));
  }

  function settle(batch: readonly Message[], outcome: InvocationOutcome): void {
    const failed = failuresOf(batch, outcome);
    const isSeenAgain = random.chance(deps.behaviour().again);
    for (const message of batch) {
      // A throttled call does not count where Lambda's own pollers receive.
      if (outcome.kind === 'throttled') message.receives -= 1;
      if (failed.has(message.id)) message.visibleAtMs = Math.min(message.visibleAtMs, retryAtMs(outcome));
      else if (isSeenAgain) message.receives -= 1;
      else messages = messages.filter((other) => other !== message);
    }
    time.after(retryAtMs(outcome) - time.elapsedMs() + 1, receive);
  }

  /** A message that is not done is seen again when its time is up. */
  function retryAtMs({ kind }: InvocationOutcome): number {
    return time.elapsedMs() + (kind === 'throttled' ? 2_000 : VISIBILITY_MS);
  }

  return {
    answer(command) {
      if (!(command instanceof SendMessageCommand)) throw new Error('the queue knows no such operation');
      const { MessageBody = '', MessageGroupId = '', MessageDeduplicationId = '' } = command.input;
      const known = sent.get(MessageDeduplicationId);
      if (known === undefined || known + DEDUPLICATED_MS < time.elapsedMs())
        send(MessageGroupId, MessageBody);
      sent.set(MessageDeduplicationId, time.elapsedMs());
      return { MessageId: `message-${numbers}` };
    },
    deadLetters,
    all,
    sendAgain(bodies) {
      for (const body of bodies) send('again', body);
    },
    isIdle: () => messages.length === 0,
  };
}

function failuresOf(batch: readonly Message[], outcome: InvocationOutcome): ReadonlySet<string> {
  if (outcome.kind !== 'answered') return new Set(batch.map(({ id }) => id));
  const { batchItemFailures } = outcome.answer as { batchItemFailures: { itemIdentifier: string }[] }; // the handler's type
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
}

// EventBridge, both ways: what ECS tells of its tasks goes to the function `observe`, late, twice, out of order or never; and what
// our functions publish is kept, unless some entries of a call fail.
import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { SeededRandom } from '../seeded-random.ts';
import type { CloudTime } from './cloud-time.ts';
import type { Functions } from './functions.ts';

export interface NewsBehaviour {
  /** Per event. */
  readonly twice: number;
  readonly late: number;
  readonly lost: number;
  readonly latestMs: number;
  /** Per entry of PutEvents. */
  readonly entryFails: number;
}

export interface PublishedEntry {
  readonly detailType: string;
  readonly detail: object;
}

export interface EventBus {
  /** What EventBridge does of a client's command. */
  readonly answer: (command: object) => object;
  /** An event of ECS: `detail` as it is now. */
  readonly taskChanged: (detail: object) => void;
  /** Everything that ECS ever told, whether it came or not. */
  readonly told: readonly object[];
  deliver(event: object): void;
  /** What the function failed to take, as often as it was tried. */
  readonly deadLetters: readonly object[];
}

/** Lambda's pauses before it calls an asynchronous function again: lib/triggers.ts asks for two more tries. */
const RETRY_MS = [60_000, 120_000];
const THROTTLED_MS = 5_000;

export function createEventBus(deps: {
  readonly time: CloudTime;
  readonly random: SeededRandom;
  readonly functions: Pick<Functions, 'invoke'>;
  readonly behaviour: () => NewsBehaviour;
  readonly onPublished: (entries: readonly PublishedEntry[]) => void;
  readonly trace: (line: string) => void;
}): EventBus {
  const { time, random, trace, behaviour } = deps;
  const told: object[] = [];
  const deadLetters: object[] = [];
  let ids = 0;

  async function call(event: object, tries: number): Promise<void> {
    const { kind } = await deps.functions.invoke('observe', event);
    if (kind === 'answered') return;
    if (kind === 'throttled') {
      time.after(THROTTLED_MS, () => void call(event, tries));
      return;
    }
    const pauseMs = RETRY_MS[tries];
    if (pauseMs !== undefined) time.after(pauseMs, () => void call(event, tries + 1));
    else deadLetters.push(event);
  }

  function send(event: object): void {
    const { late, latestMs } = behaviour();
    const delayMs = random.chance(late) ? random.int(100, latestMs) : random.int(5, 60);
    time.after(delayMs, () => void call(event, 0));
  }

  function put({ Entries = [] }: PutEventsCommandInput): object {
    const { entryFails } = behaviour();
    const outcomes = Entries.map(() => random.chance(entryFails));
    const taken = Entries.filter((_, index) => !outcomes[index]);
    deps.onPublished(
      taken.map(({ DetailType = '', Detail = '{}' }) => ({
        detailType: DetailType,
        detail: JSON.parse(Detail),
      })),
    );
    return {
      FailedEntryCount: outcomes.filter(Boolean).length,
      Entries: outcomes.map((fails) =>
        fails
          ? { ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }
          : { EventId: `e${(ids += 1)}` },
      ),
    };
  }

  return {
    answer(command) {
      if (command instanceof PutEventsCommand) return put(command.input);
      throw new Error('the event bus knows no such operation');
    },
    taskChanged(detail) {
      const event = JSON.parse(
        JSON.stringify({
          version: '0',
          id: `news-${told.length}`,
          source: 'aws.ecs',
          'detail-type': 'ECS Task State Change',
          time: new Date(time.clock.now()),
          detail,
        }),
      ) as object;
      told.push(event);
      if (random.chance(behaviour().lost)) {
        trace(`events: news-${told.length - 1} is lost`);
        return;
      }
      send(event);
      if (random.chance(behaviour().twice)) send(event);
    },
    told,
    deliver: (event) => time.after(1, () => void call(event, 0)),
    deadLetters,
  };
}

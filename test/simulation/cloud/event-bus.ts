// EventBridge, both ways: what AWS tells of tasks and machines goes to the functions whose patterns in lambdas/registry.ts ask for
// it, late, twice, out of order or never; and what our functions publish is kept, unless some entries of a call fail.
import type { PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventPattern, FunctionName } from '../../../lambdas/registry.ts';
import { FUNCTIONS } from '../../../lambdas/registry.ts';
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

/** What an AWS service tells, with `detail` as it is now. */
export interface News {
  readonly source: 'aws.ecs' | 'aws.ec2' | 'aws.autoscaling';
  readonly detailType: string;
  readonly detail: object;
}

export interface EventBus {
  /** What EventBridge does of a client's command. */
  readonly answer: (command: object) => object;
  readonly tell: (news: News) => void;
  /** Everything that AWS ever told, whether it came or not. */
  readonly told: readonly object[];
  deliver(event: object): void;
  /** What a function failed to take, as often as it was tried. */
  readonly deadLetters: readonly object[];
}

interface BusEvent {
  readonly source: string;
  readonly 'detail-type': string;
  readonly detail: Readonly<Record<string, unknown>>;
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

  async function call(name: FunctionName, event: object, tries: number): Promise<void> {
    const { kind } = await deps.functions.invoke(name, event);
    if (kind === 'answered') return;
    if (kind === 'throttled') {
      time.after(THROTTLED_MS, () => void call(name, event, tries));
      return;
    }
    const pauseMs = RETRY_MS[tries];
    if (pauseMs !== undefined) time.after(pauseMs, () => void call(name, event, tries + 1));
    else deadLetters.push(event);
  }

  function send(event: object): void {
    const { late, latestMs } = behaviour();
    const delayMs = random.chance(late) ? random.int(100, latestMs) : random.int(5, 60);
    for (const name of targetsOf(event as BusEvent)) time.after(delayMs, () => void call(name, event, 0)); // made by `tell`
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
    tell({ source, detailType, detail }) {
      const id = `news-${told.length}`;
      const at = new Date(time.clock.now());
      const event = { version: '0', id, source, 'detail-type': detailType, time: at, detail };
      const text = JSON.parse(JSON.stringify(event)) as BusEvent; // what was just written
      if (targetsOf(text).length === 0) return;
      told.push(text);
      if (random.chance(behaviour().lost)) {
        trace(`events: ${id} is lost`);
        return;
      }
      send(text);
      if (random.chance(behaviour().twice)) send(text);
    },
    told,
    deliver(event) {
      for (const name of targetsOf(event as BusEvent)) time.after(1, () => void call(name, event, 0)); // one of `told`
    },
    deadLetters,
  };
}

/** The functions whose rules match, as EventBridge matches them. */
function targetsOf(event: BusEvent): readonly FunctionName[] {
  return FUNCTIONS.flatMap(({ name, trigger }) =>
    trigger.kind === 'events' && trigger.patterns.some((pattern) => isMatched(pattern, event)) ? [name] : [],
  );
}

function isMatched(
  { source, detailTypes, detail: wanted = {} }: EventPattern,
  { source: told, 'detail-type': type, detail }: BusEvent,
): boolean {
  if (source !== told || !detailTypes.includes(type)) return false;
  return Object.entries(wanted).every(([member, rules]) => {
    const given = detail[member];
    const value = typeof given === 'string' ? given : '';
    return rules.some((rule) => (typeof rule === 'string' ? rule === value : value.startsWith(rule.prefix)));
  });
}

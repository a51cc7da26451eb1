// The console's part of a running instance: everything a reset makes anew.
import type { ServerResponse } from 'node:http';
import type { EventLog } from '../../adapters/sqlite/event-log.ts';
import type { Scope } from '../../core/ids.ts';
import type { Logs } from '../../engine/ports.ts';
import type { ScheduleDeps } from '../../engine/schedule.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import type { Changes } from './changes.ts';
import { createChanges } from './changes.ts';
import { readOverview } from './overview.ts';
import { createPaceCounter } from './pace-counter.ts';
import type { SharedReading } from './share-reading.ts';
import { shareReading } from './share-reading.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in.ts';
import type { OverviewAnswer } from './wire.ts';

export interface ConsoleInstance {
  readonly store: JobStore;
  readonly schedule: ScheduleDeps;
  readonly clock: ScheduleDeps['clock'];
  readonly events: EventLog;
  readonly logs: Logs;
  readonly changes: Changes;
  readonly signIn: SignIn;
  /** Event streams that are open. */
  readonly pages: Set<ServerResponse>;
  overview(scope: Scope): Promise<OverviewAnswer>;
  /** Makes the defaults of a Region that nobody has used before. */
  prepare(scope: Scope): Promise<void>;
  close(): void;
}

export interface ConsoleOptions {
  readonly schedule: ScheduleDeps;
  readonly events: EventLog;
  readonly logs: Logs;
  readonly sessionKey: string;
  readonly prepare: (scope: Scope) => Promise<void>;
}

/** Overviews are made so far apart at least, however many pages ask. */
const OVERVIEW_EVERY_MS = 250;

export function openConsole(options: ConsoleOptions): ConsoleInstance {
  const { schedule, events, logs, sessionKey, prepare } = options;
  const nowMs = (): number => schedule.clock.now();
  const changes = createChanges(events);
  const paces = createPaceCounter(events, nowMs);
  const pages = new Set<ServerResponse>();
  const overviews = new Map<string, SharedReading<OverviewAnswer>>();
  return {
    store: schedule.store,
    schedule,
    clock: schedule.clock,
    events,
    logs,
    changes,
    signIn: createSignIn({ key: sessionKey, nowMs }),
    pages,
    overview(scope) {
      const shared =
        overviews.get(scope.region) ??
        shareReading(OVERVIEW_EVERY_MS, () => readOverview(schedule, scope, paces.pace(scope.region)));
      overviews.set(scope.region, shared);
      return shared();
    },
    prepare,
    close() {
      changes.close();
      paces.close();
      for (const page of pages) page.end();
    },
  };
}

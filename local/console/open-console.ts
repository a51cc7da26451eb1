// The console's part of a running instance: everything a reset makes anew.
import type { ServerResponse } from 'node:http';
import type { AuditLog } from '../../adapters/sqlite/audit-log.ts';
import type { EventLog } from '../../adapters/sqlite/event-log.ts';
import type { Scope } from '../../core/ids.ts';
import type { Logs } from '../../engine/log-ports.ts';
import type { Ids } from '../../engine/ports.ts';
import { readOverview } from '../../engine/overview.ts';
import type { ScheduleDeps } from '../../engine/schedule.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import type { Changes } from './changes.ts';
import { createChanges } from './changes.ts';
import type { History } from './history.ts';
import { createHistory } from './history.ts';
import type { SharedReading } from './share-reading.ts';
import { shareReading } from './share-reading.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in.ts';
import type { OverviewAnswer } from './wire.ts';

export interface ConsoleInstance {
  readonly store: JobStore;
  readonly schedule: ScheduleDeps;
  readonly clock: ScheduleDeps['clock'];
  readonly ids: Ids;
  readonly events: EventLog;
  readonly audit: AuditLog;
  readonly logs: Logs;
  readonly changes: Changes;
  readonly history: History;
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
  readonly ids: Ids;
  readonly events: EventLog;
  readonly audit: AuditLog;
  readonly logs: Logs;
  readonly sessionKey: string;
  readonly prepare: (scope: Scope) => Promise<void>;
}

/** Overviews are made so far apart at least, however many pages ask. */
const OVERVIEW_EVERY_MS = 250;

export function openConsole(options: ConsoleOptions): ConsoleInstance {
  const { schedule, ids, events, audit, logs, sessionKey, prepare } = options;
  const nowMs = (): number => schedule.clock.now();
  const changes = createChanges(events);
  const history = createHistory(events, nowMs);
  const pages = new Set<ServerResponse>();
  const overviews = new Map<string, SharedReading<OverviewAnswer>>();
  return {
    store: schedule.store,
    schedule,
    clock: schedule.clock,
    ids,
    events,
    audit,
    logs,
    changes,
    history,
    signIn: createSignIn({ key: sessionKey, nowMs }),
    pages,
    overview(scope) {
      const shared =
        overviews.get(scope.region) ?? shareReading(OVERVIEW_EVERY_MS, () => readOverview(schedule, scope));
      overviews.set(scope.region, shared);
      return shared();
    },
    prepare,
    close() {
      changes.close();
      history.close();
      for (const page of pages) page.end();
    },
  };
}

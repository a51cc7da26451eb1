// The console's part of a running instance: everything a reset makes anew.
import type { ServerResponse } from 'node:http';
import type { Scope } from '../../core/ids.ts';
import type { OverviewAnswer } from '../../api/console/wire.ts';
import { readOverview } from '../../engine/overview.ts';
import { createChanges } from './changes.ts';
import type { History } from './history.ts';
import { createHistory } from './history.ts';
import type { LocalSourceDeps } from './local-source.ts';
import { createLocalSource } from './local-source.ts';
import type { SharedReading } from './share-reading.ts';
import { shareReading } from './share-reading.ts';
import { createSignIn } from './sign-in.ts';
import type { ServedConsole } from './source.ts';

export interface ConsoleInstance extends ServedConsole {
  readonly history: History;
  /** One reading for all who ask at the same time. */
  overview(scope: Scope): Promise<OverviewAnswer>;
  close(): void;
}

export interface ConsoleOptions extends Omit<LocalSourceDeps, 'changes' | 'history' | 'overview'> {
  readonly sessionKey: string;
}

/** Overviews are made so far apart at least, however many pages ask. */
const OVERVIEW_EVERY_MS = 250;

export function openConsole(options: ConsoleOptions): ConsoleInstance {
  const { schedule, events, sessionKey, log } = options;
  const nowMs = (): number => schedule.clock.now();
  const changes = createChanges(events);
  const history = createHistory({ events, nowMs, log });
  const pages = new Set<ServerResponse>();
  const overviews = new Map<string, SharedReading<OverviewAnswer>>();
  const overview = (scope: Scope): Promise<OverviewAnswer> => {
    const shared =
      overviews.get(scope.region) ?? shareReading(OVERVIEW_EVERY_MS, () => readOverview(schedule, scope));
    overviews.set(scope.region, shared);
    return shared();
  };
  return {
    source: createLocalSource({ ...options, changes, history, overview }),
    history,
    signIn: createSignIn({ key: sessionKey, nowMs }),
    pages,
    overview,
    close() {
      changes.close();
      history.close();
      for (const page of pages) page.end();
    },
  };
}

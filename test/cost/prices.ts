// What a use costs. List prices of us-east-1 without the free tiers; see docs/cost.md for where they come from.
import type { Usage } from './usage.ts';
import { total } from './usage.ts';

export const PRICES_OF = 'us-east-1, list prices of November 2026';

/** Dollars for a million, unless said otherwise. */
const PRICES = {
  transitions: 25,
  writeUnits: 0.625,
  readUnits: 0.125,
  invocations: 0.2,
  /** For one GiB-second on arm64. */
  gibSecond: 0.0000133334,
  events: 1,
  httpRequests: 1,
  fifoRequests: 0.5,
  /** For one GB that is taken in. */
  logGigabyte: 0.5,
} as const;

export interface Line {
  readonly service: string;
  readonly what: string;
  /** For one job. */
  readonly uses: number;
  readonly dollarsPerMillionJobs: number;
}

export function linesOf(usage: Usage, jobs: number): readonly Line[] {
  const line = (service: string, what: string, uses: number, dollarsPerMillion: number): Line => ({
    service,
    what,
    uses: uses / jobs,
    dollarsPerMillionJobs: (uses / jobs) * dollarsPerMillion,
  });
  const { events: eventLog = 0, ...logs } = usage.logBytes;
  const gibSeconds = total(usage.gibMilliseconds) / 1000;
  return [
    line('Step Functions', 'state transitions', total(usage.transitions), PRICES.transitions),
    line('DynamoDB', 'write units', total(usage.writeUnits), PRICES.writeUnits),
    line('DynamoDB', 'read units', total(usage.readUnits), PRICES.readUnits),
    line('Lambda', 'invocations', total(usage.invocations), PRICES.invocations),
    line('Lambda', 'GiB-seconds', gibSeconds, PRICES.gibSecond * 1e6),
    line('EventBridge', 'custom events', usage.counts.events, PRICES.events),
    line('API Gateway', 'HTTP API requests', usage.counts.httpRequests, PRICES.httpRequests),
    line('SQS', 'FIFO requests', usage.counts.fifoRequests, PRICES.fifoRequests),
    line('CloudWatch Logs', 'MB', total(logs) / 1e6, PRICES.logGigabyte * 1e3),
    line('CloudWatch Logs', 'MB of events', eventLog / 1e6, PRICES.logGigabyte * 1e3),
  ];
}

export function dollarsPerMillionJobs(lines: readonly Line[]): number {
  return lines.reduce((sum, { dollarsPerMillionJobs: dollars }) => sum + dollars, 0);
}

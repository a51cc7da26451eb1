// What the control plane may cost, held to what it is metered at. A number that rises is a change that somebody pays for with each
// job; one that falls is to be written here.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Line } from './prices.ts';
import { dollarsPerMillionJobs } from './prices.ts';
import type { Usage } from './usage.ts';
import { total } from './usage.ts';

interface Told {
  readonly name: string;
  readonly jobs: number;
  readonly usage: Usage;
  readonly lines: readonly Line[];
}

const JOBS = 100;
let atOnce: Told;
let oneByOne: Told;

beforeAll(async () => {
  const program = join(import.meta.dirname, 'print-cost.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--json', '--jobs', String(JOBS)]);
  const [first, second] = JSON.parse(stdout) as readonly Told[]; // printed by the program
  if (!first || !second) throw new Error(`expected two measurements, got ${stdout}`);
  [atOnce, oneByOne] = [first, second];
});

const each = (of: Readonly<Record<string, number>>, { jobs }: Told): number => total(of) / jobs;

describe('a single job that succeeds at first', () => {
  it('takes three state transitions', () => {
    expect(atOnce.usage.transitions).toEqual({ STARTING: JOBS, RUNNING: JOBS, SUCCEEDED: JOBS });
    expect(each(oneByOne.usage.transitions, oneByOne)).toBe(3);
  });

  it('takes the write units that docs/cost.md says', () => {
    const { writeUnits } = atOnce.usage;
    const perJob = (name: string): number => (writeUnits[name] ?? 0) / JOBS;
    expect(perJob('jobs')).toBe(5);
    expect(perJob('jobs.listing')).toBe(7);
    expect(perJob('jobs.work')).toBe(2);
    // Two tokens and a placement; the ledger is written once for many.
    expect(perJob('queues')).toBeGreaterThanOrEqual(6);
    expect(perJob('queues')).toBeLessThan(7);
    expect(each(oneByOne.usage.writeUnits, oneByOne)).toBe(24);
  });

  it('calls six functions once each, and shares two with other jobs', () => {
    const { invocations } = atOnce.usage;
    const once = { api: JOBS, launch: JOBS, await: JOBS, observe: 2 * JOBS };
    expect(invocations).toMatchObject(once);
    expect((invocations['react'] ?? 0) + (invocations['schedule'] ?? 0)).toBeLessThan(JOBS / 2);
  });

  it('costs at most 110 dollars a million, alone as well as among others, besides the time that functions take and the event log', () => {
    // How long they take here depends on what else this machine does.
    const counted = ({ lines }: Told) =>
      dollarsPerMillionJobs(lines.filter(({ what }) => what !== 'GiB-seconds' && what !== 'MB of events'));
    expect(counted(atOnce)).toBeLessThan(101);
    expect(counted(oneByOne)).toBeLessThan(110);
  });

  it('has four events in the event log, which take less than 8 KB', () => {
    for (const { usage, jobs } of [atOnce, oneByOne]) {
      const bytes = (usage.logBytes['events'] ?? 0) / jobs;
      expect(bytes).toBeGreaterThan(4_000);
      expect(bytes).toBeLessThan(8_000);
    }
  });
});

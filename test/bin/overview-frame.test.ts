import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Overview } from '../../bin/ask-overview.ts';
import { overviewFrame } from '../../bin/overview-frame.ts';
import { widthOf } from '../../bin/text-width.ts';
import { aCurrentJob, anEnvironmentState, anOverview, aQueue, NOW_MS } from './an-overview.ts';

function frame(
  overview: Overview,
  screen: { readonly columns?: number; readonly rows?: number } = {},
): readonly string[] {
  const out = { write: () => undefined, columns: screen.columns, colors: false };
  return overviewFrame(out, overview, {
    title: 'here',
    ...(screen.rows === undefined ? {} : { rows: screen.rows }),
  });
}
const line = (lines: readonly string[], start: string): string =>
  lines.find((each) => each.startsWith(start)) ?? '';

describe('an overview shows', () => {
  it('of a queue its line, who waits longest and what blocks it', () => {
    const queue = aQueue({
      waiting: { count: 10_000, more: true },
      placed: 3,
      oldestSinceMs: NOW_MS - 125_000,
      blocked: {
        jobId: 'e0722bdc-0000-4000-8000-000000000000:25',
        code: 'NO_CAPACITY',
        message: 'waits for room',
      },
    });
    const lines = frame(anOverview({ queues: [queue] }));
    expect(lines[1]).toBe('3 placed, 10000+ in line');
    expect(line(lines, 'default')).toMatch(
      /^default {2}10000\+ +0 +3 +0 +2m05s {3}e0722bdc:25 waits for room$/,
    );
  });

  it.each([
    [{ state: 'DISABLED' }, 'DISABLED, VALID'],
    [{ unplaceable: { count: 1, more: false } }, '1 that fits nowhere'],
    [{ unplaceable: { count: 2, more: false } }, '2 that fit nowhere'],
  ])('of a queue with %j: %s', (more, said) => {
    expect(line(frame(anOverview({ queues: [aQueue(more)] })), 'default')).toContain(said);
  });

  it('of an environment how full it is, and nothing of what no environment has', () => {
    const lines = frame(anOverview());
    expect(line(lines, 'ENVIRONMENT')).toBe('ENVIRONMENT  KIND  VCPUS  USE           MEMORY');
    expect(line(lines, 'local')).toBe('local        EC2   1/4    [###.......]  512 MiB');
  });

  it('of an environment of instances what is wanted and what is there', () => {
    const environment = anEnvironmentState({
      wantedVcpus: 8,
      instances: { count: 2 },
      gpus: { used: 1 },
      status: 'UPDATING',
    });
    const lines = frame(anOverview({ environments: [environment] }));
    expect(line(lines, 'ENVIRONMENT')).toMatch(/WANTED .*GPUS .*INSTANCES +STATE$/);
    expect(line(lines, 'local')).toMatch(/ 8 .* 1 +2 +ENABLED, UPDATING$/);
  });

  it('of jobs their time, and how far arrays are', () => {
    const array = aCurrentJob({
      jobName: 'render',
      array: { size: 9, succeeded: 3, failed: 1 },
      isHeld: true,
      attempt: 2,
    });
    const lines = frame(anOverview({ jobs: [array] }));
    expect(line(lines, '3f2a1c9e')).toBe(
      '3f2a1c9e  render  RUNNING  default  1m01s  held, 4 of 9 done, 1 failed, attempt 2',
    );
  });

  it('that nothing waits or runs', () => {
    expect(frame(anOverview({ jobs: [] })).at(-1)).toBe('No jobs wait or run.');
  });

  it('the pace of the last half minute, without the span that goes on', () => {
    const history = {
      spanMs: 5_000,
      started: [0, 90, 60, 60, 60, 60, 60, 60, 999],
      succeeded: [0, 0, 3, 3, 3, 3, 3, 3, 0],
      failed: [0, 0, 0, 0, 0, 0, 0, 2, 0],
      startMedianMs: [null, 120, null],
    };
    expect(frame(anOverview({ history }))[2]).toMatch(
      /^12 starts\/s, 0\.7 ends\/s, 2 failed in 45s, median start 120ms {4}▅▅▅▅▅█ $/,
    );
  });
});

describe('a frame', () => {
  const many = <Item>(most: number, make: (index: number) => Item) =>
    fc.nat(most).map((count) => Array.from({ length: count }, (_, index) => make(index)));
  const overviews = fc.record({
    queues: many(40, (index) => aQueue({ name: `queue-with-a-long-name-${index}`, placed: index * 1_000 })),
    environments: many(40, (index) => anEnvironmentState({ name: `environment-${index}`, wantedVcpus: 999 })),
    jobs: many(60, (index) => aCurrentJob({ jobName: `日本-${index}`, status: 'SUBMITTED' })),
  });

  it('fits any screen from 40 columns and 12 rows', () => {
    fc.assert(
      fc.property(
        overviews,
        fc.integer({ min: 40, max: 200 }),
        fc.integer({ min: 12, max: 80 }),
        (parts, columns, rows) => {
          const lines = frame(anOverview(parts), { columns, rows });
          expect(lines.length).toBeLessThanOrEqual(rows);
          for (const each of lines) expect(widthOf(each)).toBeLessThanOrEqual(columns);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that is too small for all says how much is missing of each part', () => {
    const overview = anOverview({
      queues: Array.from({ length: 30 }, (_, index) => aQueue({ name: `q${index}` })),
      jobs: Array.from({ length: 30 }, () => aCurrentJob()),
    });
    const lines = frame(overview, { columns: 80, rows: 24 });
    expect(lines.filter((each) => each.startsWith('… and'))).toEqual([
      '… and 26 more queues',
      '… and 22 more jobs',
    ]);
    expect(line(lines, 'local')).not.toBe('');
  });

  it('says that there are more jobs than the server told', () => {
    expect(frame(anOverview({ moreJobs: true })).at(-1)).toBe('… and more jobs');
  });

  it('in a file has everything', () => {
    const overview = anOverview({ jobs: Array.from({ length: 200 }, () => aCurrentJob()) });
    expect(frame(overview).filter((each) => each.startsWith('3f2a1c9e'))).toHaveLength(200);
  });
});

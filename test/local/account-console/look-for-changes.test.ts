// What is found by asking, where nobody tells: over a list of rows that stands for the service.
import { beforeEach, describe, expect, it } from 'vitest';
import type { JobAnswer, JobRow } from '../../../api/console/wire.ts';
import type { ChangeFinder } from '../../../local/account-console/look-for-changes.ts';
import { createChangeFinder } from '../../../local/account-console/look-for-changes.ts';

const id = (number: number): string => `${String(number).padStart(8, '0')}-0000-4000-8000-000000000000`;

function aRow(number: number, more: Partial<JobRow> = {}): JobRow {
  return {
    jobId: id(number),
    name: 'job',
    status: 'RUNNING',
    kind: 'single',
    createdAtMs: number,
    attempts: 1,
    definition: 'shell:1',
    queue: 'default',
    ...more,
  };
}

let rows: JobRow[];
let cells: Record<string, string>;
let asked: string[];
let finder: ChangeFinder;
beforeEach(() => {
  rows = [];
  cells = {};
  asked = [];
  finder = createChangeFinder(
    {
      async jobs(query) {
        asked.push(query.toString() === '' ? 'newest' : 'ids');
        const ids = query.get('ids')?.split(',');
        return { nowMs: 0, jobs: ids ? rows.filter(({ jobId }) => ids.includes(jobId)) : rows.slice(-2) };
      },
      job: () => Promise.reject<JobAnswer>(new Error('nobody asks for a whole job')),
      async cells(jobId) {
        asked.push('cells');
        return { cells: cells[jobId] ?? '' };
      },
    },
    () => 5,
  );
});

const look = async (...followed: string[]) =>
  (await finder.look(followed)).map(({ jobId, status }) => `${jobId} ${status}`);

describe('a look', () => {
  it('tells of new jobs, and of those that are not as they were', async () => {
    rows = [aRow(1)];
    expect(await look()).toEqual([`${id(1)} RUNNING`]);
    expect(await look()).toEqual([]);
    rows = [aRow(1, { status: 'SUCCEEDED' }), aRow(2)];
    expect(await look()).toEqual([`${id(1)} SUCCEEDED`, `${id(2)} RUNNING`]);
  });

  it.each([
    ['another attempt', { attempts: 2 }],
    ['a stop that was asked for', { stopping: 'terminate' }],
    ['a hold', { held: true as const }],
    [
      'a child that ended',
      {
        children: { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0, SUCCEEDED: 1, FAILED: 0 },
      },
    ],
  ])('sees %s', async (_name, more) => {
    rows = [aRow(1)];
    await look();
    rows = [aRow(1, more)];
    expect(await look()).toEqual([`${id(1)} RUNNING`]);
  });

  it('compares with what a page was shown, so that nothing is missed in between', async () => {
    finder.show([aRow(1)]);
    rows = [aRow(1)];
    expect(await look()).toEqual([]);
    finder.show([aRow(2)]);
    rows = [aRow(1), aRow(2, { status: 'FAILED' })];
    expect(await look()).toEqual([`${id(2)} FAILED`]);
  });

  it('does not take what another page was shown later for what the first one knows', async () => {
    finder.show([aRow(1)]);
    finder.show([aRow(1, { status: 'FAILED' })]);
    rows = [aRow(1, { status: 'FAILED' })];
    expect(await look()).toEqual([`${id(1)} FAILED`]);
  });

  it('goes on with jobs of older pages until they have ended, and no longer', async () => {
    rows = [aRow(1), aRow(2), aRow(3)];
    finder.show([aRow(1)]);
    await look();
    rows = [aRow(1, { status: 'SUCCEEDED' }), aRow(2), aRow(3)];
    expect(await look()).toEqual([`${id(1)} SUCCEEDED`]);
    asked = [];
    await look();
    expect(asked).toEqual(['newest']);
  });

  it('asks in one call for those that pages follow, and for none that is no id', async () => {
    rows = [aRow(1), aRow(2), aRow(3)];
    await look();
    asked = [];
    await look(id(1), 'nonsense');
    expect(asked).toEqual(['newest', 'ids']);
  });
});

describe('an array that a page follows', () => {
  beforeEach(() => {
    rows = [aRow(1, { kind: 'array' })];
    cells[id(1)] = 'LLLL';
  });

  it('is told down to its children', async () => {
    await look(id(1));
    cells[id(1)] = 'SRLF';
    expect(await look(id(1))).toEqual([`${id(1)}:0 SUCCEEDED`, `${id(1)}:1 RUNNING`, `${id(1)}:3 FAILED`]);
    expect(await look(id(1))).toEqual([]);
  });

  it('is compared with the map that the page was drawn', async () => {
    finder.showCells(id(1), 'LLLL');
    finder.show(rows);
    cells[id(1)] = 'LLLR';
    expect(await look(id(1))).toEqual([`${id(1)}:3 RUNNING`]);
  });

  it('costs nothing when nobody follows it', async () => {
    await look();
    expect(asked).toEqual(['newest']);
  });
});

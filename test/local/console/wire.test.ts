// The page cannot import the server's types, so it says them again; this holds the two to each other, in both directions. The
// check is the compiler's: what runs is only that the letters agree.
import { expect, it } from 'vitest';
import * as page from '../../../console/wire.ts';
import type { OverviewAnswer } from '../../../console/wire-overview.ts';
import * as server from '../../../local/console/wire.ts';
import { JOB_STATUSES } from '../../../core/job/job.ts';

/** `true` when each can stand for the other. */
type Same<Left, Right> = [Left] extends [Right] ? ([Right] extends [Left] ? true : false) : false;

const shapes: readonly [
  Same<page.SessionAnswer, server.SessionAnswer>,
  Same<OverviewAnswer, server.OverviewAnswer>,
  Same<page.JobsAnswer, server.JobsAnswer>,
  Same<page.JobAnswer, server.JobAnswer>,
  Same<page.CellsAnswer, server.CellsAnswer>,
  Same<page.LogAnswer, server.LogAnswer>,
  Same<page.ChangesMessage, server.ChangesMessage>,
  Same<page.HistoryAnswer, server.HistoryAnswer>,
  Same<page.MachineAnswer, server.MachineAnswer>,
  Same<page.WorkflowAnswer, server.WorkflowAnswer>,
  Same<page.RerunForm, server.RerunForm>,
  Same<page.Rerun, server.Rerun>,
  Same<page.RerunAnswer, server.RerunAnswer>,
  Same<page.LogSearchAnswer, server.LogSearchAnswer>,
  Same<page.EventsAnswer, server.EventsAnswer>,
] = [true, true, true, true, true, true, true, true, true, true, true, true, true, true, true];

it('the page reads what the server writes', () => {
  expect(shapes).not.toContain(false);
  expect(page.CELL_LETTERS).toEqual(server.CELL_LETTERS);
  expect(page.JOB_STATUSES).toEqual(JOB_STATUSES);
});

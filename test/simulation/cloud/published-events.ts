// Which committed change an event on the bus tells of. Our own id of an event travels nowhere, so it is known by its content; of
// several changes that read alike, the first that was not told of yet.
import type { Job } from '../../../core/job/job.ts';
import { JOB_STATE_CHANGE, QUEUE_BLOCKED } from '../../../engine/job-events.ts';
import type { SlipwayEvent } from '../../../engine/ports.ts';
import type { Commit, JobMove } from '../committed-rows.ts';
import type { Watched } from '../invariants.ts';
import { movesOfNodes } from '../node-invariants.ts';
import type { PublishedEntry } from './event-bus.ts';

interface Told {
  readonly jobId?: string;
  readonly status?: string;
  readonly statusReason?: string;
  readonly attempts?: readonly unknown[];
}

interface Tellable {
  readonly id: string;
  readonly job: Job;
  readonly detailType: string;
  isTold: boolean;
}

export function followPublished(
  watched: Watched,
  onPublished: (events: readonly SlipwayEvent[]) => void,
): {
  readonly onCommit: (commit: Commit) => void;
  readonly onPublished: (entries: readonly PublishedEntry[]) => void;
} {
  const byJob = new Map<string, Tellable[]>();

  function find(detailType: string, detail: Told): Tellable | undefined {
    const alike = (byJob.get(detail.jobId ?? '') ?? []).filter(
      ({ job, detailType: own }) =>
        own === detailType &&
        job.status === detail.status &&
        job.statusReason === detail.statusReason &&
        job.attempts.length === detail.attempts?.length,
    );
    return alike.find(({ isTold }) => !isTold) ?? alike.at(-1);
  }

  function note({ after, before, version }: JobMove): void {
    if (!after) return;
    const detailType = before?.status === after.status ? QUEUE_BLOCKED : JOB_STATE_CHANGE;
    const tellable = { id: `${after.jobId}/${version}`, job: after, detailType, isTold: false };
    byJob.set(after.jobId, [...(byJob.get(after.jobId) ?? []), tellable]);
  }

  return {
    onCommit(commit) {
      for (const move of commit.jobs) {
        note(move);
        for (const ofNode of movesOfNodes(move)) note(ofNode);
      }
    },
    onPublished(entries) {
      for (const { detailType, detail } of entries) {
        if (detailType !== JOB_STATE_CHANGE && detailType !== QUEUE_BLOCKED) continue;
        const found = find(detailType, detail);
        if (!found) {
          watched.violated(
            '6 events',
            `${detailType} of ${JSON.stringify(detail).slice(0, 300)} was never committed`,
          );
          continue;
        }
        found.isTold = true;
        onPublished([{ id: found.id, detailType, region: '', atMs: 0, resources: [], detail }]);
      }
    },
  };
}

// Tags of jobs. Children have none of their own; tagging changes nothing else of a job, not even of an ended one.
import type { JobId } from '../../core/ids.ts';
import { parseArn } from '../../core/ids.ts';
import type { JobStore } from './jobs.ts';
import { getJob, transition } from './jobs.ts';
import type { TagTarget } from './tags.ts';

export function jobTags(store: JobStore): TagTarget {
  return {
    async read(arn) {
      const found = await getJob(store, jobIdOf(arn));
      return found?.job.spec.tags;
    },
    async update(arn, change) {
      const result = await transition(store, jobIdOf(arn), (job) => ({
        ...job,
        spec: { ...job.spec, tags: change(job.spec.tags) },
      }));
      return result.outcome === 'missing' ? 'missing' : 'updated';
    },
  };
}

/** The tag operations look a target up by the ARN's type and check its form first. */
function jobIdOf(arn: string): JobId {
  return (parseArn(arn)?.name ?? arn) as JobId;
}

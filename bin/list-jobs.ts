// Listings over the paged Batch API, with a bound on how much is read.
import type { Batch, JobSummary, ListJobsCommandInput } from '@aws-sdk/client-batch';

export async function listQueueNames(batch: Batch): Promise<string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await batch.describeJobQueues(nextToken === undefined ? {} : { nextToken });
    for (const queue of page.jobQueues ?? []) if (queue.jobQueueName) names.push(queue.jobQueueName);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

export interface Listing {
  readonly jobs: readonly JobSummary[];
  /** There are more than were read. */
  readonly more: boolean;
}

/** Reads pages of one listing until `limit` jobs are there. */
export async function newestJobs(batch: Batch, input: ListJobsCommandInput, limit: number): Promise<Listing> {
  const jobs: JobSummary[] = [];
  let nextToken: string | undefined;
  do {
    const page = await batch.listJobs({ ...input, ...(nextToken !== undefined && { nextToken }) });
    jobs.push(...(page.jobSummaryList ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined && jobs.length < limit);
  return { jobs: jobs.slice(0, limit), more: nextToken !== undefined || jobs.length > limit };
}

/** Jobs of several listings as one, newest first. */
export async function mergeListings(listings: readonly Promise<Listing>[], limit: number): Promise<Listing> {
  const read = await Promise.all(listings);
  const jobs = read
    .flatMap((listing) => listing.jobs)
    .sort((left, right) => (right.createdAt ?? 0) - (left.createdAt ?? 0));
  return {
    jobs: jobs.slice(0, limit),
    more: jobs.length > limit || read.some((listing) => listing.more),
  };
}

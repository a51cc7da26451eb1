// What only the server knows and a shell completes: its jobs and its queues, a line each, as `value<TAB>what it is`. Invariant:
// a value is letters, digits, dots, dashes and underscores, so that no shell reads anything else into it.
import type { AskedValues } from './completed-commands.ts';
import { listQueueNames, mergeListings, newestJobs } from './list-jobs.ts';
import type { ServerOptions } from './server.ts';
import type { Visit } from './use-server.ts';
import { shortId } from './wording.ts';

/** As many as a person looks through. */
const MOST_JOBS = 50;

export async function offeredValues({ batch }: Visit, what: AskedValues): Promise<readonly string[]> {
  const queues = await listQueueNames(batch);
  const offers: readonly Offer[] =
    what === 'queues' ? queues.map((name) => ({ value: name })) : await newestOf(batch, queues);
  return offers
    .filter(({ value }) => /^[\w.-]+$/.test(value))
    .map(({ value, about }) => (about === undefined ? value : `${value}\t${about}`));
}

interface Offer {
  readonly value: string;
  readonly about?: string;
}

async function newestOf(batch: Visit['batch'], queues: readonly string[]): Promise<readonly Offer[]> {
  const filters = [{ name: 'AFTER_CREATED_AT', values: ['0'] }];
  const listings = queues.map((jobQueue) => newestJobs(batch, { jobQueue, filters }, MOST_JOBS));
  const { jobs } = await mergeListings(listings, MOST_JOBS);
  return jobs.map(({ jobId = '', jobName = '', status = '' }) => ({
    value: shortId(jobId),
    about: `${jobName.replaceAll(/[^\w.-]/g, '?')} ${status}`,
  }));
}

/** Where the server is, by the words that were typed before the one to complete. */
export function serverOptionsIn(words: readonly string[]): ServerOptions {
  const options: { -readonly [Name in keyof ServerOptions]: ServerOptions[Name] } = {};
  for (const [at, word] of words.entries()) {
    const [, name = '', joined] = /^(--endpoint|--data-dir|--region)(?:=(.*))?$/.exec(word) ?? [];
    const value = joined ?? words[at + 1];
    if (value === undefined) continue;
    if (name === '--endpoint') options.endpoint = value;
    if (name === '--data-dir') options.dataDir = value;
    if (name === '--region') options.region = value;
  }
  return options;
}

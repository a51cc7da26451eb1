// ListJobsByConsumableResource: the jobs that need or needed a resource, newest first; an array is one entry. A filtered
// page looks at a bounded number of jobs, so it may be short and still have a token.
import type { Job } from '../../core/job/job.ts';
import { JOB_STATUSES } from '../../core/job/job.ts';
import { consumableProperties } from '../../core/job/job-detail.ts';
import { listConsumers } from '../../engine/store/job-consumers.ts';
import { getConsumable } from '../../engine/store/consumable-resources.ts';
import type { JobStore } from '../../engine/store/jobs.ts';
import { getJobs } from '../../engine/store/jobs.ts';
import { ClientException } from '../errors.ts';
import type { InputOf, Operation, OutputOf } from '../operation.ts';
import { readPage } from '../paging.ts';
import { matchesName } from './name-filter.ts';
import { readReference } from './resource-references.ts';

type Input = InputOf<'ListJobsByConsumableResource'>;
type Summary = NonNullable<OutputOf<'ListJobsByConsumableResource'>['jobs']>[number];

export const listJobsByConsumableResource: Operation<
  'ListJobsByConsumableResource',
  { readonly store: JobStore }
> = {
  name: 'ListJobsByConsumableResource',
  async handle({ deps, scope }, input) {
    const { store } = deps;
    const { consumableResource } = input;
    const arn = readReference(scope, 'consumable-resource', 'consumableResource', consumableResource);
    if (!(await getConsumable(store.table, arn))) {
      throw new ClientException(`ConsumableResource ${consumableResource} not found.`);
    }
    const keeps = readFilters(input);
    const page = readPage('ListJobsByConsumableResource', scope, { ...input });
    const { entries, next } = await listConsumers(store.table, arn, page);
    const found = await getJobs(
      store,
      entries.map(({ jobId }) => jobId),
    );
    const jobs = found.flatMap((stored) => (stored && keeps(stored.job) ? [stored.job] : []));
    return { jobs: jobs.map((job) => summary(job, arn)), ...page.tokenFor(next) };
  },
};

function readFilters({ filters = [] }: Input): (job: Job) => boolean {
  const rules = filters.map(({ name, values = [] }, index): ((job: Job) => boolean) => {
    if (name === 'JOB_NAME') return (job) => matchesName(values, job.spec.jobName);
    if (name === 'JOB_STATUS') return statusRule(index, values);
    throw new ClientException(
      `filters[${index}].name must be JOB_STATUS or JOB_NAME, but is ${JSON.stringify(name)}.`,
    );
  });
  return (job) => rules.every((rule) => rule(job));
}

function statusRule(index: number, values: readonly string[]): (job: Job) => boolean {
  const statuses: readonly string[] = JOB_STATUSES;
  const unknown = values.find((value) => !statuses.includes(value));
  if (unknown !== undefined) {
    throw new ClientException(
      `filters[${index}].values must be of ${JOB_STATUSES.join(', ')}, but has ${JSON.stringify(unknown)}.`,
    );
  }
  return (job) => values.includes(job.status);
}

function summary(job: Job, arn: string): Summary {
  const { spec } = job;
  const startedAt = 'startedAtMs' in job ? job.startedAtMs : undefined;
  return {
    jobArn: job.jobArn,
    jobQueueArn: spec.queueArn,
    jobName: spec.jobName,
    jobDefinitionArn: spec.definitionArn,
    ...(spec.shareIdentifier === undefined ? {} : { shareIdentifier: spec.shareIdentifier }),
    jobStatus: job.status,
    quantity: spec.consumables?.find((taken) => taken.arn === arn)?.quantity ?? 0,
    ...(job.statusReason === undefined ? {} : { statusReason: job.statusReason }),
    ...(startedAt === undefined ? {} : { startedAt }),
    createdAt: job.createdAtMs,
    consumableResourceProperties: consumableProperties(spec.consumables ?? []),
  };
}

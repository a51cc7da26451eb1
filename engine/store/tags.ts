// Tags of any resource by its ARN: a table from the ARN's type to how its tags are read and changed. A type that a home
// does not offer has no entry. Tagging is a change of its own: it touches neither the status nor the settings.
import type { ComputeEnvironmentArn, DefinitionArn, QueueArn, ResourceType } from '../../core/ids.ts';
import type { Tags } from '../../core/tags.ts';
import { STALE, untilCommitted } from '../contention.ts';
import type { Table, WriteOp } from '../table-ports.ts';
import { getConsumable, putConsumable } from './consumable-resources.ts';
import { getEnvironment, putEnvironment } from './compute-environments.ts';
import { getDefinitionTags, updateDefinitionTags } from './definitions.ts';
import { commitQueueOps, getQueue } from './queues.ts';
import { getPolicy, putPolicy } from './scheduling-policies.ts';

export interface TagTarget {
  /** `undefined`: there is no such resource. */
  read(arn: string): Promise<Tags | undefined>;
  /** Replaces the tags by what `change` makes of them; what it throws goes to the caller and nothing is changed. */
  update(arn: string, change: (tags: Tags) => Tags): Promise<'updated' | 'missing'>;
}

export type TagTargets = { readonly [type in ResourceType]?: TagTarget };

/** All that lies in the `queues` table. The tags of jobs lie with the jobs: a home adds them. */
export function queueTableTags(table: Table): TagTargets {
  return {
    'job-queue': queueTags(table),
    'compute-environment': environmentTags(table),
    'scheduling-policy': policyTags(table),
    'consumable-resource': consumableTags(table),
    'job-definition': {
      // The table of targets is looked up by the ARN's type, so the ARN is one of a definition.
      read: (arn) => getDefinitionTags(table, arn as DefinitionArn),
      update: (arn, change) => updateDefinitionTags(table, arn as DefinitionArn, change),
    },
  };
}

/** How one kind of resource is found, and written with other tags. */
interface Tagged<S> {
  readonly get: (arn: string) => Promise<S | undefined>;
  readonly tagsOf: (stored: S) => Tags;
  readonly withTags: (stored: S, tags: Tags) => readonly WriteOp[];
}

function tagTarget<S>(table: Table, { get, tagsOf, withTags }: Tagged<S>): TagTarget {
  return {
    async read(arn) {
      const stored = await get(arn);
      return stored && tagsOf(stored);
    },
    async update(arn, change) {
      return untilCommitted<'updated' | 'missing'>(arn, async () => {
        const stored = await get(arn);
        if (stored === undefined) return 'missing';
        const written = await table.write(withTags(stored, change(tagsOf(stored))));
        return written.ok ? 'updated' : STALE;
      });
    },
  };
}

function queueTags(table: Table): TagTarget {
  return tagTarget(table, {
    get: (arn) => getQueue(table, arn as QueueArn), // by the ARN's type
    tagsOf: ({ record }) => record.queue.tags,
    withTags: ({ record, version }, tags) => commitQueueOps({ ...record.queue, tags }, version),
  });
}

function environmentTags(table: Table): TagTarget {
  return tagTarget(table, {
    get: (arn) => getEnvironment(table, arn as ComputeEnvironmentArn), // by the ARN's type
    tagsOf: ({ record }) => record.environment.tags,
    withTags: ({ record, version }, tags) => [
      putEnvironment({ ...record, environment: { ...record.environment, tags } }, version),
    ],
  });
}

function consumableTags(table: Table): TagTarget {
  return tagTarget(table, {
    get: (arn) => getConsumable(table, arn),
    tagsOf: ({ record }) => record.resource.tags,
    withTags: ({ record, version }, tags) => [putConsumable({ ...record.resource, tags }, version)],
  });
}

function policyTags(table: Table): TagTarget {
  return tagTarget(table, {
    get: (arn) => getPolicy(table, arn),
    tagsOf: ({ record }) => record.policy.tags,
    withTags: ({ record, version }, tags) => [
      putPolicy({ ...record, policy: { ...record.policy, tags } }, version),
    ],
  });
}

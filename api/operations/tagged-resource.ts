// The resource that a tag operation names: of a type that has tags here, in the caller's account and Region. Children of
// array and multi-node jobs have no tags of their own.
import { parseArn, parseJobId } from '../../core/ids.ts';
import type { Scope } from '../../core/ids.ts';
import type { TagTarget, TagTargets } from '../../engine/store/tags.ts';
import { ClientException } from '../errors.ts';
import { readArn } from './resource-references.ts';

export interface TagDeps {
  readonly tagTargets: TagTargets;
}

export function findTagTarget({ tagTargets }: TagDeps, scope: Scope, resourceArn: string): TagTarget {
  const type = parseArn(resourceArn)?.type;
  const known = Object.entries(tagTargets).find(([name]) => name === type);
  if (known === undefined) {
    const types = Object.keys(tagTargets).join(', ');
    throw new ClientException(`resourceArn must be the ARN of one of ${types}, but is ${resourceArn}.`);
  }
  readArn(scope, known[0] as keyof TagTargets, 'resourceArn', resourceArn); // a key of the table
  const jobId = type === 'job' ? parseJobId(parseArn(resourceArn)?.name ?? '') : undefined;
  if (jobId !== undefined && jobId.kind !== 'job') {
    throw new ClientException(
      `resourceArn ${resourceArn} is a ${jobId.kind} of a job, which has no tags of its own.`,
    );
  }
  return known[1];
}

export function unknownResource(resourceArn: string): ClientException {
  return new ClientException(`resourceArn ${resourceArn} does not exist.`);
}

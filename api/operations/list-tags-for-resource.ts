// ListTagsForResource: the tags of a queue, compute environment, policy, definition or job.
import type { Operation } from '../operation.ts';
import { findTagTarget, unknownResource, type TagDeps } from './tagged-resource.ts';

export const listTagsForResource: Operation<'ListTagsForResource', TagDeps> = {
  name: 'ListTagsForResource',
  async handle({ deps, scope }, { resourceArn }) {
    const tags = await findTagTarget(deps, scope, resourceArn).read(resourceArn);
    if (tags === undefined) throw unknownResource(resourceArn);
    return { tags };
  },
};

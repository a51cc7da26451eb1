// UntagResource: removes tags by key; a key that is not there is no mistake.
import { removalProblems, removeTags } from '../../core/tags.ts';
import type { Operation } from '../operation.ts';
import { assertNoProblems } from './resource-references.ts';
import { findTagTarget, unknownResource, type TagDeps } from './tagged-resource.ts';

export const untagResource: Operation<'UntagResource', TagDeps> = {
  name: 'UntagResource',
  async handle({ deps, scope }, { resourceArn, tagKeys }) {
    assertNoProblems(removalProblems(tagKeys));
    const target = findTagTarget(deps, scope, resourceArn);
    const outcome = await target.update(resourceArn, (before) => removeTags(before, tagKeys));
    if (outcome === 'missing') throw unknownResource(resourceArn);
    return {};
  },
};

// TagResource: adds tags; one with a known key replaces the earlier value. The limits hold for what comes out.
import { mergeProblems, mergeTags } from '../../core/tags.ts';
import type { Operation } from '../operation.ts';
import { assertNoProblems } from './resource-references.ts';
import { findTagTarget, unknownResource, type TagDeps } from './tagged-resource.ts';

export const tagResource: Operation<'TagResource', TagDeps> = {
  name: 'TagResource',
  async handle({ deps, scope }, { resourceArn, tags }) {
    const outcome = await findTagTarget(deps, scope, resourceArn).update(resourceArn, (before) => {
      assertNoProblems(mergeProblems(before, tags));
      return mergeTags(before, tags);
    });
    if (outcome === 'missing') throw unknownResource(resourceArn);
    return {};
  },
};

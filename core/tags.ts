// Tags of a resource, as TagResource and UntagResource change them. Invariant: what a merge yields obeys the limits too.
import { countProblems } from './definition/problem.ts';
import type { Problems } from './definition/problem.ts';
import { TAGS_MAX } from './definition/limits.ts';
import { tagsProblems } from './definition/validate-settings.ts';

export type Tags = Readonly<Record<string, string>>;

/** Later tags win over earlier ones with the same key. */
export function mergeTags(before: Tags, added: Tags): Tags {
  return { ...before, ...added };
}

/** The added tags must obey the limits themselves, and so must what the resource has afterwards. */
export function mergeProblems(before: Tags, added: Tags): Problems {
  const ofAdded = tagsProblems('tags', added);
  return ofAdded.length > 0 ? ofAdded : tagsProblems('tags', mergeTags(before, added));
}

/** Keys that are not there are no mistake. */
export function removeTags(before: Tags, keys: readonly string[]): Tags {
  const gone = new Set(keys);
  return Object.fromEntries(Object.entries(before).filter(([key]) => !gone.has(key)));
}

export function removalProblems(keys: readonly string[]): Problems {
  const ofCount = countProblems('tagKeys', keys, { min: 1, max: TAGS_MAX });
  if (ofCount.length > 0) return ofCount;
  return tagsProblems('tagKeys', Object.fromEntries(keys.map((key) => [key, ''])));
}

// Step Functions writes the members of AWS requests and answers in PascalCase, Batch in camelCase. Only names that the API
// defines change; keys that people chose (tags, parameters, log options, labels) stay as they are.
import { isJsonArray, isJsonObject } from './json.ts';
import type { Json } from './json.ts';

/** Members of Batch's shapes that hold maps, in camelCase. */
const MAPS: ReadonlySet<string> = new Set([
  'annotations',
  'labels',
  'limits',
  'options',
  'parameters',
  'requests',
  'statusSummary',
  'tags',
]);

/** `{ JobName, Tags: { team } }` as `{ jobName, tags: { team } }`. */
export function toCamelCase(value: Json): Json {
  return renamed(value, (name) => name.charAt(0).toLowerCase() + name.slice(1));
}

/** `{ jobName, tags: { team } }` as `{ JobName, Tags: { team } }`. */
export function toPascalCase(value: Json): Json {
  return renamed(value, (name) => name.charAt(0).toUpperCase() + name.slice(1));
}

function renamed(value: Json, rename: (name: string) => string): Json {
  if (isJsonArray(value)) return value.map((item) => renamed(item, rename));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      rename(name),
      MAPS.has(name.charAt(0).toLowerCase() + name.slice(1)) ? member : renamed(member, rename),
    ]),
  );
}

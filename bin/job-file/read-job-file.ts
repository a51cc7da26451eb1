// A file of jobs that depend on each other by name. The whole file is read and every mistake in it is told at once, with its
// line and field; what comes out is in an order in which each job follows only jobs before it.
import type { FileProblem, Marked } from './marked-yaml.ts';
import { describeValue, readMarkedYaml } from './marked-yaml.ts';
import type { Follow, JobEntry } from './job-entry.ts';
import { FOLLOW_KINDS, readSettings } from './job-entry.ts';
import { inOrder } from './job-order.ts';

export type JobFile =
  | { readonly ok: true; readonly jobs: readonly JobEntry[] }
  | { readonly ok: false; readonly problems: readonly FileProblem[] };

/** Batch's rule for names of jobs. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const DEFAULT_QUEUE = 'default';

export function readJobFile(text: string): JobFile {
  const file = readMarkedYaml(text);
  if (!file.ok) return file;
  const problems: FileProblem[] = [];
  const jobs = readJobs(file.root, problems);
  if (problems.length === 0) checkFollows(jobs, problems);
  if (problems.length > 0) return { ok: false, problems: problems.toSorted((a, b) => a.line - b.line) };
  const order = inOrder(jobs);
  return order.ok ? { ok: true, jobs: order.jobs } : { ok: false, problems: [order.problem] };
}

function readJobs(root: Marked, problems: FileProblem[]): readonly JobEntry[] {
  if (root.kind !== 'map') {
    const message = `must be a map with \`jobs\`; found ${describeValue(root)}`;
    problems.push({ line: root.line, field: '', message });
    return [];
  }
  const defaults = readSettings(root, '', ['jobs'], problems);
  const jobs = root.entries.find(({ key }) => key === 'jobs');
  if (jobs?.value.kind !== 'map' || jobs.value.entries.length === 0) {
    const message = 'must be a map of at least one job: its name, and what it is';
    problems.push({ line: jobs?.keyLine ?? root.line, field: 'jobs', message });
    return [];
  }
  const names = new Set<string>();
  return jobs.value.entries.flatMap(({ key, keyLine, value }) => {
    const path = `jobs.${key}`;
    if (!NAME.test(key)) {
      const rule = 'a name is letters, digits, - and _, at most 128, and begins with a letter or digit';
      problems.push({ line: keyLine, field: path, message: rule });
    }
    if (names.has(key)) problems.push({ line: keyLine, field: path, message: 'is there twice' });
    names.add(key);
    if (value.kind !== 'map') {
      problems.push({
        line: value.line,
        field: path,
        message: `must be a map; found ${describeValue(value)}`,
      });
      return [];
    }
    const mistakes = problems.length;
    const own = readSettings(value, path, FOLLOW_KINDS, problems);
    const settings = { queue: DEFAULT_QUEUE, ...defaults, ...own };
    if (problems.length === mistakes) checkWhatRuns(settings, path, keyLine, problems);
    return [{ ...settings, name: key, line: keyLine, follows: readFollows(value, path, problems) }];
  });
}

function checkWhatRuns(
  { definition, image, command }: Partial<JobEntry>,
  field: string,
  line: number,
  problems: FileProblem[],
): void {
  if (definition !== undefined && image !== undefined) {
    problems.push({ line, field, message: 'has both `definition` and `image`; one of them is wanted' });
  }
  if (definition === undefined && command === undefined) {
    problems.push({ line, field, message: 'has neither `command` nor `definition`: nothing would run' });
  }
}

function readFollows(
  map: Marked & { readonly kind: 'map' },
  path: string,
  problems: FileProblem[],
): readonly Follow[] {
  return map.entries.flatMap(({ key, value }) => {
    const kind = FOLLOW_KINDS.find((known) => known === key);
    if (!kind) return [];
    const items = value.kind === 'list' ? value.items : [value];
    return items.flatMap((item) => {
      if (item.kind === 'text') return [{ kind, name: item.value, line: item.line }];
      problems.push({
        line: item.line,
        field: `${path}.${key}`,
        message: `must be the name of a job of this file, or a list of such; found ${describeValue(item)}`,
      });
      return [];
    });
  });
}

function checkFollows(jobs: readonly JobEntry[], problems: FileProblem[]): void {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  for (const job of jobs) {
    const named = new Set<string>();
    for (const { kind, name, line } of job.follows) {
      const field = `jobs.${job.name}.${kind}`;
      const followed = byName.get(name);
      if (!followed) {
        problems.push({ line, field, message: `there is no job "${name}" in this file` });
      } else if (named.has(name)) {
        problems.push({ line, field, message: `"${name}" is named twice` });
      } else if (kind === 'each' && (job.array === undefined || job.array !== followed.array)) {
        const sizes = `${job.name} has ${sizeOf(job)}, ${name} has ${sizeOf(followed)}`;
        problems.push({ line, field, message: `needs two arrays of one size: ${sizes}` });
      }
      named.add(name);
    }
  }
}

function sizeOf({ array }: JobEntry): string {
  return array === undefined ? 'no array' : String(array);
}

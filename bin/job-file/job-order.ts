// The order of submission: a job can only name jobs that have an id. Jobs that could go next go in the order of the file.
import type { FileProblem } from './marked-yaml.ts';
import type { JobEntry } from './job-entry.ts';

export type JobOrder =
  | { readonly ok: true; readonly jobs: readonly JobEntry[] }
  | { readonly ok: false; readonly problem: FileProblem };

/** Every name that is followed must be there. */
export function inOrder(jobs: readonly JobEntry[]): JobOrder {
  const byName = new Map(jobs.map((job) => [job.name, job]));
  const done = new Set<string>();
  const ordered: JobEntry[] = [];
  for (const start of jobs) {
    // A stack of its own: a chain of ten thousand jobs is no deeper than one.
    const path: { readonly job: JobEntry; next: number }[] = [{ job: start, next: 0 }];
    const onPath = new Set([start.name]);
    if (done.has(start.name)) continue;
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const follow = top.job.follows[top.next];
      top.next += 1;
      if (!follow) {
        path.pop();
        onPath.delete(top.job.name);
        done.add(top.job.name);
        ordered.push(top.job);
        continue;
      }
      if (onPath.has(follow.name)) return { ok: false, problem: circle(path, follow) };
      const followed = byName.get(follow.name);
      if (!followed || done.has(follow.name)) continue;
      path.push({ job: followed, next: 0 });
      onPath.add(follow.name);
    }
  }
  return { ok: true, jobs: ordered };
}

function circle(
  path: readonly { readonly job: JobEntry }[],
  { name, kind, line }: JobEntry['follows'][number],
): FileProblem {
  const names = path.map(({ job }) => job.name);
  const around = [...names.slice(names.indexOf(name)), name].join(' → ');
  return { line, field: `jobs.${names.at(-1)}.${kind}`, message: `closes a circle: ${around}` };
}

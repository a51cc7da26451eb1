import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JobEntry } from '../../../bin/job-file/job-entry.ts';
import { inOrder } from '../../../bin/job-file/job-order.ts';
import { readJobFile } from '../../../bin/job-file/read-job-file.ts';

function namesOf(text: string): readonly string[] {
  const file = readJobFile(text);
  return file.ok ? file.jobs.map(({ name }) => name) : [];
}

function problemsOf(text: string): readonly string[] {
  const file = readJobFile(text);
  return file.ok ? [] : file.problems.map(({ line, field, message }) => `${line} ${field} ${message}`);
}

describe('a job file', () => {
  it('is read with its defaults, and in an order in which each job follows only jobs before it', () => {
    const text = [
      'queue: fast',
      'memory: 2G',
      'jobs:',
      '  report: { command: [cat, 1.5, true], after: [train, check], memory: 64 }',
      '  check: { definition: "lint:3", afterAny: fetch }',
      '  train: { command: python train.py, array: 10, each: fetch, env: { RATE: 0.1 }, attempts: 3 }',
      '  fetch: { command: curl x, array: 10, timeout: 60 }',
    ].join('\n');
    const file = readJobFile(text);
    expect(file).toMatchObject({ ok: true });
    expect(namesOf(text)).toEqual(['fetch', 'train', 'check', 'report']);
    const byName = Object.fromEntries(file.ok ? file.jobs.map((job) => [job.name, job]) : []);
    expect(byName['train']).toMatchObject({
      queue: 'fast',
      memory: 2048,
      command: ['sh', '-c', 'python train.py'],
      env: { RATE: '0.1' },
      follows: [{ kind: 'each', name: 'fetch', line: 6 }],
    });
    expect(byName['report']).toMatchObject({ memory: 64, command: ['cat', '1.5', 'true'] });
    expect(byName['check']).toMatchObject({ definition: 'lint:3' });
  });

  it('may be JSON, and may share parts by anchors', () => {
    expect(namesOf('{"jobs": {"a": {"command": "true"}}}')).toEqual(['a']);
    expect(namesOf('jobs:\n  a: &a { command: "true" }\n  b: *a\n')).toEqual(['a', 'b']);
  });

  const job = 'command: "true"';
  it.each([
    ['jobs: [', ['1  this is not YAML or JSON']],
    ['[]', ['1  must be a map with `jobs`; found a list']],
    ['queue: q', ['1 jobs must be a map of at least one job']],
    ['jobs: {}', ['1 jobs must be a map of at least one job']],
    ['jobs:\n  a: 3', ['2 jobs.a must be a map; found 3']],
    [`jobs:\n  -a: { ${job} }`, ['2 jobs.-a a name is letters']],
    ['jobs:\n  a: {}', ['2 jobs.a has neither `command` nor `definition`']],
    [`jobs:\n  a: { ${job}, image: i, definition: d }`, ['2 jobs.a has both `definition` and `image`']],
    [`jobs:\n  a: { ${job}, memroy: 3 }`, ['2 jobs.a.memroy is not known here; known are queue, ']],
    [
      `jobs:\n  a:\n    ${job}\n    memory: lots`,
      ['4 jobs.a.memory must be MiB, at least 4, such as 512 or 2G; found "lots"'],
    ],
    [`jobs:\n  a: { ${job}, vcpus: 0 }`, ['2 jobs.a.vcpus must be a number above 0; found 0']],
    [`jobs:\n  a: { ${job}, array: 1 }`, ['2 jobs.a.array must be a whole number from 2 to 10000; found 1']],
    [
      `jobs:\n  a: { ${job}, timeout: 5 }`,
      ['2 jobs.a.timeout must be a whole number of at least 60; found 5'],
    ],
    [
      `jobs:\n  a: { ${job}, env: [x] }`,
      ['2 jobs.a.env must be a map of names to texts or numbers; found a list'],
    ],
    [`jobs:\n  a: { command: [] }`, ['2 jobs.a.command must be a text for the shell']],
    [`jobs:\n  a: { ${job}, after: b }`, ['2 jobs.a.after there is no job "b" in this file']],
    [`jobs:\n  a: { ${job} }\n  b: { ${job}, after: [a, a] }`, ['3 jobs.b.after "a" is named twice']],
    [`jobs:\n  a: { ${job}, after: [[b]] }`, ['2 jobs.a.after must be the name of a job']],
    [
      `jobs:\n  a: { ${job}, array: 3 }\n  b: { ${job}, array: 4, each: a }`,
      ['3 jobs.b.each needs two arrays of one size: b has 4, a has 3'],
    ],
    [`jobs:\n  a: { ${job}, after: a }`, ['2 jobs.a.after closes a circle: a → a']],
    [
      `jobs:\n  a: { ${job}, after: b }\n  b: { ${job}, after: c }\n  c: { ${job}, after: a }`,
      ['4 jobs.c.after closes a circle: a → b → c → a'],
    ],
    [
      'vcpus: many\njobs:\n  a: { command: x, gpus: 0 }',
      [
        '1 vcpus must be a number above 0; found "many"',
        '3 jobs.a.gpus must be a whole number of at least 1; found 0',
      ],
    ],
  ])('%j is refused with line, field, rule and value', (text, expected) => {
    const problems = problemsOf(text);
    expect(problems.map((problem, at) => problem.slice(0, expected[at]?.length))).toEqual(expected);
  });

  it('that unfolds without end is refused', () => {
    const levels = Array.from(
      { length: 12 },
      (_, at) => `x${at + 1}: &x${at + 1} [${'*x0,'.replaceAll('0', String(at)).repeat(9)}]`,
    );
    expect(problemsOf(`x0: &x0 [1]\n${levels.join('\n')}`)[0]).toMatch(/aliases/);
  });

  it('of three thousand jobs in a chain is put in order, backwards as it stands', () => {
    const jobs = Array.from({ length: 3_000 }, (_, at) => `  j${at}: { command: x, after: j${at + 1} }`);
    const names = namesOf(`jobs:\n${jobs.join('\n')}\n  j3000: { command: x }`);
    expect([names.length, names[0], names.at(-1)]).toEqual([3_001, 'j3000', 'j0']);
  });
});

it('every order keeps each job behind all that it follows, and loses none', () => {
  const anOrder = fc.array(fc.array(fc.nat(30), { maxLength: 4 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(anOrder, (graph) => {
      const jobs = graph.map((after, at): JobEntry => {
        const earlier = after.filter((other) => other < at);
        return {
          name: `j${at}`,
          line: at,
          queue: 'q',
          follows: earlier.map((other) => ({ kind: 'after', name: `j${other}`, line: at })),
        };
      });
      const order = inOrder(jobs.toReversed());
      const names = order.ok ? order.jobs.map(({ name }) => name) : [];
      expect(names.toSorted()).toEqual(jobs.map(({ name }) => name).toSorted());
      for (const { name, follows } of jobs) {
        for (const follow of follows) expect(names.indexOf(follow.name)).toBeLessThan(names.indexOf(name));
      }
    }),
  );
});

import { jobNameProblems, resourceNameProblems } from '../../../core/definition/names.ts';
import { describeRules } from './rule-table.ts';

const unsupported = (name: string): string =>
  `Provided name ${name} is not supported pattern[a-zA-Z_0-9-]{1,128}`;

describeRules('a resource name', (name: string) => resourceNameProblems('name', name), [
  {
    rule: 'has 1 to 128 letters, digits, hyphens or underscores',
    accepts: ['a', '_-', 'A9_z-', 'x'.repeat(128)],
    refuses: [
      ['', unsupported('')],
      ['a.b', unsupported('a.b')],
      ['a:1', unsupported('a:1')],
      ['é', unsupported('é')],
      ['a\n', unsupported('a\n')],
      ['x'.repeat(129), unsupported('x'.repeat(129))],
    ],
  },
]);

describeRules('a job name', (name: string) => jobNameProblems('jobName', name), [
  {
    rule: 'begins with a letter or digit and has 1 to 128 characters',
    accepts: ['a', '1', 'A9_z-', 'x'.repeat(128)],
    refuses: ['', '-a', '_a', 'a b', 'a/b', 'a\n', 'x'.repeat(129)].map((name) => [
      name,
      'Job name should match valid pattern',
    ]),
  },
]);

// What was measured, as people read it: a table of services and, below it, what they were used for.
import { dollarsPerMillionJobs, linesOf, PRICES_OF } from './prices.ts';
import type { Usage } from './usage.ts';

export interface Measured {
  readonly name: string;
  readonly jobs: number;
  readonly usage: Usage;
}

export function printMeasured(measured: readonly Measured[], about = ''): void {
  console.log(`Dollars per million jobs that succeed at first (${PRICES_OF}).${about}\n`);
  for (const one of measured) {
    console.log(table(one));
    for (const what of ['transitions', 'writeUnits', 'readUnits', 'invocations', 'calls'] as const) {
      console.log(`${what}: ${perJob(one.usage[what], one.jobs)}`);
    }
    console.log('');
  }
}

/** For programs. */
export function printMeasuredJson(measured: readonly Measured[]): void {
  const told = measured.map((one) => {
    const lines = linesOf(one.usage, one.jobs);
    return { ...one, lines, dollarsPerMillionJobs: dollarsPerMillionJobs(lines) };
  });
  console.log(JSON.stringify(told));
}

function table({ name, jobs, usage }: Measured): string {
  const lines = linesOf(usage, jobs);
  const rows = lines.map(
    ({ service, what, uses, dollarsPerMillionJobs: dollars }) =>
      `| ${service.padEnd(15)} | ${what.padEnd(17)} | ${uses.toFixed(3).padStart(9)} | ${dollars.toFixed(2).padStart(8)} |`,
  );
  const sum = dollarsPerMillionJobs(lines).toFixed(2).padStart(8);
  return [
    `${name}: ${jobs} jobs`,
    '',
    '| service         | what              |   per job | $ per M  |',
    '| --------------- | ----------------- | --------: | -------: |',
    ...rows,
    `| all             |                   |           | ${sum} |`,
    '',
  ].join('\n');
}

function perJob(of: Readonly<Record<string, number>>, jobs: number): string {
  const entries = Object.entries(of).sort(([, left], [, right]) => right - left);
  return entries.map(([name, count]) => `${name} ${(count / jobs).toFixed(2)}`).join(', ');
}

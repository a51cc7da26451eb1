// What was measured, as people read it: a table of services and, below it, what they were used for.
import { dollarsPerMillionJobs, linesOf, PRICES_OF } from './prices.ts';
import type { Usage } from './usage.ts';

export interface Measured {
  readonly name: string;
  readonly jobs: number;
  readonly usage: Usage;
  /** What was seen from outside of the functions, by `service:Operation`, where somebody looked. */
  readonly seenByFront?: Readonly<Record<string, number>>;
}

export function printMeasured(measured: readonly Measured[]): void {
  console.log(`Dollars per million jobs that succeed at first (${PRICES_OF}).\n`);
  for (const one of measured) {
    console.log(table(one));
    for (const what of ['transitions', 'writeUnits', 'readUnits', 'invocations', 'calls'] as const) {
      console.log(`${what}: ${perJob(one.usage[what], one.jobs)}`);
    }
    if (one.seenByFront) console.log(frontSays(one.usage.calls, one.seenByFront));
    console.log('');
  }
}

function frontSays(
  counted: Readonly<Record<string, number>>,
  seen: Readonly<Record<string, number>>,
): string {
  const names = [...new Set([...Object.keys(counted), ...Object.keys(seen)])];
  const differing = names.filter((name) => counted[name] !== seen[name]);
  if (differing.length === 0)
    return 'The front of the emulator saw the same calls that the functions counted.';
  const told = differing.map(
    (name) => `${name} ${counted[name] ?? 0} times, and ${seen[name] ?? 0} were seen`,
  );
  return `The functions counted otherwise than the front of the emulator: ${told.join('; ')}.`;
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
  // What nobody could measure is not shown as free.
  const rows = lines
    .filter(({ uses }) => uses > 0)
    .map(
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

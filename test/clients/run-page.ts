// A page of docs/clients as tests: one for each of its commands, named by where it stands.
import { expect, it } from 'vitest';
import type { PageStep } from './page.ts';
import { missingLine, readPage } from './page.ts';
import type { PageProject } from './page-project.ts';

const STEP_LIMIT_MS = 170_000;

/** Defines the tests; `project` is asked for when they run. */
export function itRunsThePage(name: string, project: () => PageProject): void {
  const { steps } = readPage(name);
  let broken: string | undefined;
  it.each(steps.map((step) => [titleOf(step), step] as const))(
    `docs/clients/${name}.md: %s`,
    async (title, step) => {
      // What follows a failed command fails for its sake only.
      if (broken !== undefined) expect.fail(`not run, because this failed: ${broken}`);
      broken = title;
      const { exitCode, printed } = await project().shell(step.text, STEP_LIMIT_MS - 5_000);
      if ((exitCode !== 0) !== step.fails) expect.fail(`ended with ${exitCode}:\n${printed}`);
      const missing = missingLine(step.output, printed);
      if (missing !== undefined) expect.fail(`did not print, or not in this order: ${missing}\n\n${printed}`);
      expect(missing).toBeUndefined();
      broken = undefined;
    },
    STEP_LIMIT_MS,
  );
}

function titleOf({ line, text }: PageStep): string {
  const [first = ''] = text.trim().split('\n');
  return `line ${line}: ${first}`;
}

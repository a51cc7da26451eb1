// A page of the documentation as tests: one for each of its commands, named by where it stands.
import { expect, it } from 'vitest';
import type { PageStep } from './page.ts';
import { missingLine, readPage } from './page.ts';
import type { PageProject } from './page-project.ts';

const STEP_LIMIT_MS = 170_000;

/** Defines the tests; `path` is the page's from the root of the project, `project` is asked for when they run. */
export function itRunsThePage(path: string, project: () => PageProject): void {
  const { steps } = readPage(path);
  let broken: string | undefined;
  it.each(steps.map((step) => [titleOf(step), step] as const))(
    `${path}: %s`,
    async (title, step) => {
      // What follows a failed command fails for its sake only.
      if (broken !== undefined) expect.fail(`not run, because this failed: ${broken}`);
      broken = title;
      if (step.starts) await startEach(step, project());
      else await runStep(step, project());
      broken = undefined;
    },
    STEP_LIMIT_MS,
  );
}

async function runStep({ language, text, fails, output }: PageStep, project: PageProject): Promise<void> {
  const script = language === 'python' ? `python - <<'END OF PAGE'\n${text}END OF PAGE\n` : text;
  const { exitCode, printed } = await project.shell(script, STEP_LIMIT_MS - 5_000);
  if ((exitCode !== 0) !== fails) expect.fail(`ended with ${exitCode}:\n${printed}`);
  const missing = missingLine(output, printed);
  if (missing !== undefined) expect.fail(`did not print, or not in this order: ${missing}\n\n${printed}`);
  expect(missing).toBeUndefined();
}

async function startEach({ text }: PageStep, project: PageProject): Promise<void> {
  for (const line of text.trim().split('\n')) {
    const { printed } = await project.serveOnce(line.replace(/ +# .*$/, ''));
    // Its exit code is npx's, which ends by the signal that its server has closed by.
    expect(printed).toMatch(/^Slipway ready: \S+$[\s\S]*^Closing /m);
  }
}

function titleOf({ line, text }: PageStep): string {
  const [first = ''] = text.trim().split('\n');
  return `line ${line}: ${first}`;
}

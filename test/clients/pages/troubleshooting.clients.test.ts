// docs/troubleshooting.md as it stands: every symptom is brought about, and the command that shows it says what the page says.
import { dirname } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { readPage } from '../page.ts';
import type { PageProject } from '../page-project.ts';
import { aPageProject } from '../page-project.ts';
import { pythonEnvironment } from '../python-environment.ts';
import { itRunsThePage } from '../run-page.ts';

// Pages are named from docs/clients.
const PAGE = '../troubleshooting';

let project: PageProject;
beforeAll(async () => {
  const { python } = await pythonEnvironment();
  project = await aPageProject({ ...readPage(PAGE), name: 'troubleshooting' }, { path: [dirname(python)] });
});
afterAll(() => project?.stop());
itRunsThePage(PAGE, () => project);

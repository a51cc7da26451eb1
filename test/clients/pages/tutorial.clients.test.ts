// docs/tutorial.md as it stands: an empty folder, a server started by the page's own words, every command in order.
import { dirname } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { readPage } from '../page.ts';
import type { PageProject } from '../page-project.ts';
import { aPageProject } from '../page-project.ts';
import { pythonEnvironment } from '../python-environment.ts';
import { itRunsThePage } from '../run-page.ts';

// Pages are named from docs/clients.
const PAGE = '../tutorial';

let project: PageProject;
beforeAll(async () => {
  const { python } = await pythonEnvironment();
  project = await aPageProject({ ...readPage(PAGE), name: 'tutorial' }, { path: [dirname(python)] });
});
afterAll(() => project?.stop());
itRunsThePage(PAGE, () => project);

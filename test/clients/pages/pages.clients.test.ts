// The pages of the plain clients, run as they stand.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { readPage } from '../page.ts';
import type { PageProject } from '../page-project.ts';
import { aPageProject } from '../page-project.ts';
import { pythonEnvironment } from '../python-environment.ts';
import { itRunsThePage } from '../run-page.ts';

describe.each(['aws-cli', 'boto3'])('%s', (name) => {
  let project: PageProject;
  beforeAll(async () => {
    const { python } = await pythonEnvironment();
    project = await aPageProject(readPage(name), { path: [dirname(python)] });
  });
  afterAll(() => project?.stop());
  itRunsThePage(name, () => project);
});

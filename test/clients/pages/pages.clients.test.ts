// The pages that need nothing but the plain clients, run as they stand: an empty folder, a server started by the page's own
// words, every command in order.
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPage } from '../page.ts';
import type { PageProject } from '../page-project.ts';
import { aPageProject, NPM_START } from '../page-project.ts';
import { pythonEnvironment } from '../python-environment.ts';
import { itRunsThePage } from '../run-page.ts';

interface PlainPage {
  readonly path: string;
  /** Of a page that takes a server for granted. */
  readonly server?: string;
}

describe.each<PlainPage>([
  { path: 'README.md', server: 'npx slipway local --runtime process' },
  { path: 'docs/tutorial.md' },
  { path: 'docs/troubleshooting.md' },
  { path: 'docs/access.md' },
  { path: 'docs/beyond-aws.md' },
  { path: 'docs/clients/README.md' },
  { path: 'docs/clients/aws-cli.md' },
  { path: 'docs/clients/boto3.md' },
])('$path', ({ path, server }) => {
  let project: PageProject;
  beforeAll(async () => {
    const { python } = await pythonEnvironment();
    project = await aPageProject(readPage(path), { path: [dirname(python)], ...(server && { server }) });
  });
  afterAll(() => project?.stop());
  itRunsThePage(path, () => project);

  it.runIf(path === 'README.md')('npm start serves, and renders until Ctrl-C', async () => {
    const { printed } = await project.serveOnce(
      NPM_START,
      /^Rendering a picture: an array job of (\d+) tiles/m,
    );
    expect(printed).toMatch(/^Stopping the rendering …$/m);
  });
});

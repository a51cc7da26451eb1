// The SDK's client for a project's server: how a test looks at what an engine did, past the engine.
import { Batch } from '@aws-sdk/client-batch';
import type { PageProject } from './page-project.ts';
import { endpointFile } from './page-project.ts';

export async function batchOf({ folder }: Pick<PageProject, 'folder'>): Promise<Batch> {
  const { endpoint, region, accessKeyId, secretAccessKey } = await endpointFile(folder);
  return new Batch({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 });
}

// Submits the rendering to any Batch endpoint whose jobs run on this machine: two job definitions, an array job with a
// child per tile, and a job that depends on the whole array.
import type { Batch } from '@aws-sdk/client-batch';
import { join } from 'node:path';
import { tileCount } from './tiles.mjs';

export interface RenderJobs {
  readonly renderJobId: string;
  readonly tileCount: number;
  readonly assembleJobId: string;
  /** Where the picture is once the assembly has succeeded. */
  readonly pictureFile: string;
}

export interface RenderOptions {
  readonly jobQueue: string;
  /** Absolute; tiles and picture go there. */
  readonly folder: string;
}

export async function submitRender(batch: Batch, { jobQueue, folder }: RenderOptions): Promise<RenderJobs> {
  const renderDefinition = await registerScript(batch, 'render-tile', 'render-tile.mjs', '256');
  const assembleDefinition = await registerScript(batch, 'render-assemble', 'assemble.mjs', '512');
  const render = await batch.submitJob({
    jobName: 'render',
    jobQueue,
    jobDefinition: renderDefinition,
    arrayProperties: { size: tileCount },
    parameters: { folder },
  });
  const renderJobId = received('SubmitJob', 'jobId', render.jobId);
  const assemble = await batch.submitJob({
    jobName: 'assemble',
    jobQueue,
    jobDefinition: assembleDefinition,
    dependsOn: [{ jobId: renderJobId }],
    parameters: { folder },
  });
  return {
    renderJobId,
    tileCount,
    assembleJobId: received('SubmitJob', 'jobId', assemble.jobId),
    pictureFile: join(folder, 'render.png'),
  };
}

// Jobs run the Node that runs this, on the scripts of this folder.
async function registerScript(batch: Batch, name: string, file: string, memoryMiB: string): Promise<string> {
  const registered = await batch.registerJobDefinition({
    jobDefinitionName: name,
    type: 'container',
    parameters: { folder: '.' },
    containerProperties: {
      image: 'node',
      command: [process.execPath, script(file), 'Ref::folder'],
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: memoryMiB },
      ],
    },
    retryStrategy: { attempts: 2 },
    timeout: { attemptDurationSeconds: 600 },
  });
  return received('RegisterJobDefinition', 'jobDefinitionArn', registered.jobDefinitionArn);
}

function script(file: string): string {
  return join(import.meta.dirname, file);
}

function received(operation: string, member: string, value: string | undefined): string {
  if (value === undefined) throw new Error(`${operation} answered without ${member}`);
  return value;
}

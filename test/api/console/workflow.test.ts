// The jobs that hang together, whatever of them has ended.
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobId } from '../../../core/ids.ts';
import { hangsTogether } from '../../../engine/job-graph.ts';
import { readWorkflow } from '../../../api/console/workflow.ts';
import type { WorkflowAnswer } from '../../../api/console/wire.ts';
import type { ALocalEngine } from '../../engine/a-local-engine.ts';
import { aLocalEngine } from '../../engine/a-local-engine.ts';

let home: ALocalEngine;
/** Names of jobs that go on for ever. */
const endless = new Set<string>();
beforeEach(async () => {
  endless.clear();
  home = await aLocalEngine({
    vcpus: 100,
    onStart: (task) => (endless.has(task.environment['NAME'] ?? '') ? undefined : { exitCode: 0 }),
  });
});
afterEach(() => home.close());

function submit(jobName: string, dependsOn: readonly JobId[] = [], more: object = {}): Promise<JobId> {
  return home.submit({
    jobName,
    dependsOn: dependsOn.map((jobId) => ({ jobId })),
    containerOverrides: { environment: [{ name: 'NAME', value: jobName }] },
    ...more,
  });
}

async function workflowOf(jobId: JobId): Promise<WorkflowAnswer> {
  return readWorkflow(home.engine.store, await home.job(jobId));
}

function edgeNames({ jobs, edges }: WorkflowAnswer): string[] {
  const names = new Map(jobs.map(({ jobId, name }) => [jobId, name]));
  return edges.map(({ from, to, kind }) => `${names.get(from)} ${kind} ${names.get(to)}`).sort();
}

it('is the same seen from each of its jobs, while they wait and when they have ended', async () => {
  endless.add('b');
  const a = await submit('a');
  const b = await submit('b', [a]);
  const c = await submit('c', [a]);
  const d = await submit('d', [b, c], { arrayProperties: { size: 3 } });
  await submit('stranger');
  await home.ended(c);
  const edges = ['a SUCCESS b', 'a SUCCESS c', 'b SUCCESS d', 'c SUCCESS d'];
  for (const id of [a, b, c, d]) {
    const workflow = await workflowOf(id);
    expect(edgeNames(workflow), id).toEqual(edges);
    expect(workflow.jobs).toHaveLength(4);
    expect(workflow.jobs[0]?.jobId).toBe(id);
    expect(workflow.more).toBe(false);
  }
});

it('tells child by child from the whole', async () => {
  const first = await submit('first', [], { arrayProperties: { size: 2 } });
  const second = await submit('second', [], {
    arrayProperties: { size: 2 },
    dependsOn: [{ jobId: first, type: 'N_TO_N' }],
  });
  expect(edgeNames(await workflowOf(second))).toEqual(['first N_TO_N second']);
});

it('of very many jobs shows the nearest, and says so', async () => {
  endless.add('root');
  const root = await submit('root');
  const middle = await submit('middle', [root]);
  for (let index = 0; index < 320; index += 1) await submit(`leaf-${index}`, [middle]);
  const { jobs, more } = await workflowOf(root);
  expect([jobs.length, more, jobs[0]?.name, jobs[1]?.name]).toEqual([300, true, 'root', 'middle']);
});

it('of a job by itself is that job', async () => {
  const alone = await submit('alone');
  await home.ended(alone);
  expect(await hangsTogether(home.engine.store, await home.job(alone))).toBe(false);
  expect(await workflowOf(alone)).toMatchObject({ jobs: [{ name: 'alone' }], edges: [], more: false });
});

import { afterEach, describe, expect, it } from 'vitest';
import { createTaskGroupLauncher } from '../../adapters/task-group/task-group-launcher.ts';
import type { ContainerTask, Secrets } from '../../engine/launch-ports.ts';
import { withSecrets } from '../../engine/launch-secrets.ts';
import type { ALocalEngine } from './a-local-engine.ts';
import { aLocalEngine } from './a-local-engine.ts';
import { aContainer, registerTask } from './several-containers.ts';
import { createSimulatedLauncher } from './simulated-launcher.ts';

const open: ALocalEngine[] = [];
afterEach(async () => {
  for (const home of open.splice(0)) await home.close();
});

const kept = new Map([['token', 'hush']]);
const secrets: Secrets = {
  async find(valueFrom) {
    const value = kept.get(valueFrom);
    return value === undefined
      ? { found: false, because: `there is no secret ${valueFrom}` }
      : { found: true, value };
  },
};

async function aHomeWithSecrets() {
  const started: ContainerTask[] = [];
  const launcher = createSimulatedLauncher({
    now: () => Date.now(),
    onStart: (task) => {
      started.push(task);
      return { exitCode: 0 };
    },
  });
  const runtime = withSecrets(createTaskGroupLauncher(withSecrets(launcher, secrets)), secrets);
  const home = await aLocalEngine({ launcher, runtime });
  open.push(home);
  return { home, started };
}

const needing = (...names: string[]) => ({
  image: 'busybox',
  vcpus: 1,
  memory: 64,
  environment: [{ name: 'TOKEN', value: 'of the definition' }],
  secrets: names.map((valueFrom) => ({ name: valueFrom.toUpperCase(), valueFrom })),
});

describe('a container with secrets', () => {
  it('finds their values in its environment, over its own variables', async () => {
    const { home, started } = await aHomeWithSecrets();
    await home.register('needing', needing('token'));
    const job = await home.ended(await home.submit({ jobDefinition: 'needing' }));
    expect(job.status).toBe('SUCCEEDED');
    expect(started).toMatchObject([{ environment: { TOKEN: 'hush', AWS_BATCH_JOB_ID: job.jobId } }]);
    // Honoured, so that a runtime that does not know secrets says nothing of them.
    expect(started[0]?.spec).not.toHaveProperty('secrets');
  });

  it('does not start when one is missing, and says which', async () => {
    const { home, started } = await aHomeWithSecrets();
    await home.register('needing', needing('token', 'other'));
    const job = await home.ended(await home.submit({ jobDefinition: 'needing' }));
    expect(started).toEqual([]);
    expect(job).toMatchObject({
      status: 'FAILED',
      statusReason: 'Task failed to start',
      attempts: [
        {
          reason:
            'ResourceInitializationError: unable to pull secrets or registry auth: there is no secret other',
        },
      ],
    });
  });

  it('may be retried, with what is there by then', async () => {
    const { home } = await aHomeWithSecrets();
    await home.register('needing', needing('late'));
    const retryStrategy = { attempts: 10, evaluateOnExit: [{ action: 'RETRY', onReason: 'ResourceInit*' }] };
    const jobId = await home.submit({ jobDefinition: 'needing', retryStrategy });
    await home.until(jobId, ({ attempts }) => attempts.length > 0);
    kept.set('late', 'here');
    expect(await home.ended(jobId)).toMatchObject({ status: 'SUCCEEDED' });
    kept.delete('late');
  });

  it('leaves no value in any row', async () => {
    const { home } = await aHomeWithSecrets();
    await home.register('needing', needing('token'));
    const job = await home.ended(await home.submit({ jobDefinition: 'needing' }));
    expect(JSON.stringify(job)).not.toContain('hush');
  });
});

describe('a task of several containers', () => {
  const twoOf = (...names: string[]) => [
    aContainer('first', { essential: false }),
    aContainer('second', { secrets: names.map((valueFrom) => ({ name: 'TOKEN', valueFrom })) }),
  ];

  it('gives each its own secrets', async () => {
    const { home, started } = await aHomeWithSecrets();
    await registerTask(home, 'two', twoOf('token'));
    expect(await home.ended(await home.submit({ jobDefinition: 'two' }))).toMatchObject({
      status: 'SUCCEEDED',
    });
    const tokens = started.map(({ command, environment }) => [command[0], environment['TOKEN']]);
    expect(Object.fromEntries(tokens)).toEqual({ first: undefined, second: 'hush' });
  });

  it('does not begin when its last container would lack one', async () => {
    const { home, started } = await aHomeWithSecrets();
    await registerTask(home, 'two', twoOf('other'));
    const job = await home.ended(await home.submit({ jobDefinition: 'two' }));
    expect(job).toMatchObject({
      status: 'FAILED',
      attempts: [{ reason: expect.stringMatching(/^ResourceInitializationError: .*no secret other$/) }],
    });
    expect(started).toEqual([]);
  });
});

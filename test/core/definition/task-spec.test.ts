import { describe, expect, it } from 'vitest';
import { settleTask } from '../../../core/definition/task-spec.ts';
import type { SettledTask } from '../../../core/definition/task-spec.ts';
import type {
  EcsPropertiesOverride,
  EcsTaskProperties,
  Platform,
  TaskContainerOverrides,
} from '../../../core/definition/wire.ts';
import { aTask, aTaskContainer } from './definition-builders.ts';

const FIELD = 'ecsPropertiesOverride';
const overriding = (...containers: TaskContainerOverrides[]): EcsPropertiesOverride => ({
  taskProperties: [{ containers }],
});

const settle = (task: EcsTaskProperties, override?: EcsPropertiesOverride, platform: Platform = 'EC2') =>
  settleTask(FIELD, task, override, platform);

function settled(
  task: EcsTaskProperties,
  override?: EcsPropertiesOverride,
  platform?: Platform,
): SettledTask {
  const result = settle(task, override, platform);
  if ('problem' in result) throw new Error(result.problem.message);
  return result.settled;
}

const init = aTaskContainer({ name: 'init', essential: false, startTimeout: 60 });
const main = aTaskContainer({
  name: 'main',
  command: ['run'],
  environment: [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ],
  dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
  stopTimeout: 7,
});
const both = aTask({ containers: [init, main], taskRoleArn: 'arn:role', volumes: [{ name: 'v' }] });

describe('a job of several containers', () => {
  it('has each with its rules, and what the task says for all of them', () => {
    expect(settled(both)).toMatchObject({
      task: { taskRoleArn: 'arn:role', volumes: [{ name: 'v' }] },
      containers: [
        { name: 'init', essential: false, dependsOn: [], startTimeoutSeconds: 60 },
        {
          name: 'main',
          essential: true,
          dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
          stopTimeoutSeconds: 7,
        },
      ],
      demand: { vcpus: 2, memoryMiB: 4096, gpus: 0 },
    });
  });

  it('keeps in a container what is said of it as a container, and nothing of its place in the task', () => {
    const [, second] = settled(both).containers;
    expect(Object.keys(second?.spec ?? {}).toSorted()).toEqual([
      'command',
      'environment',
      'image',
      'resourceRequirements',
    ]);
  });

  it('may be one without a name', () => {
    const { name: _name, ...unnamed } = aTaskContainer();
    const lone = aTask({ containers: [unnamed] });
    expect(settled(lone).containers[0]?.name).toBe('default');
    expect(settled(lone, overriding({ command: ['x'] })).containers[0]?.spec.command).toEqual(['x']);
  });
});

describe('an override', () => {
  it('reaches the container of its name alone, by the rules of containerOverrides', () => {
    const override = overriding({
      name: 'main',
      command: ['other'],
      environment: [{ name: 'B', value: '3' }],
      resourceRequirements: [
        { type: 'VCPU', value: '4' },
        { type: 'GPU', value: '1' },
      ],
    });
    const { containers, demand } = settled(both, override);
    expect(containers[0]).toEqual(settled(both).containers[0]);
    expect(containers[1]).toMatchObject({
      spec: {
        command: ['other'],
        environment: [
          { name: 'A', value: '1' },
          { name: 'B', value: '3' },
        ],
      },
      demand: { vcpus: 4, memoryMiB: 2048, gpus: 1 },
    });
    expect(demand).toEqual({ vcpus: 5, memoryMiB: 4096, gpus: 1 });
  });

  it.each<[string, EcsPropertiesOverride, string]>([
    [
      'of a container that is not there',
      overriding({ name: 'main' }, { name: 'sidecar' }),
      'ecsPropertiesOverride.taskProperties[0].containers[1].name must be the name of a container of the job definition, but is "sidecar".',
    ],
    [
      'of nobody knows which',
      overriding({ command: ['x'] }),
      'ecsPropertiesOverride.taskProperties[0].containers[0].name must be the name of a container of the job definition, but is null.',
    ],
    [
      'of one container twice',
      overriding({ name: 'main' }, { name: 'main' }),
      'ecsPropertiesOverride.taskProperties[0].containers.name must be unique, but is "main".',
    ],
    [
      'of two tasks',
      { taskProperties: [{}, {}] },
      'ecsPropertiesOverride.taskProperties must have at most 1 element, but has 2.',
    ],
    [
      'with a requirement that is no number',
      overriding({ name: 'main', resourceRequirements: [{ type: 'VCPU', value: '0.5' }] }),
      'Value 0.5 for type VCPU in resourceRequirement is not valid. Please provide a numeric value.',
    ],
  ])('%s is refused', (_name, override, message) => {
    expect(settle(both, override)).toMatchObject({ problem: { message } });
  });
});

describe('on Fargate', () => {
  const stating = (vcpus: string, memoryMiB: string) => ({
    resourceRequirements: [
      { type: 'VCPU', value: vcpus },
      { type: 'MEMORY', value: memoryMiB },
    ],
  });

  it('the containers together must ask for a size that is sold', () => {
    const task = aTask({
      containers: [
        aTaskContainer({ name: 'a', ...stating('0.1', '256') }),
        aTaskContainer({ name: 'b', ...stating('0.7', '1024') }),
        aTaskContainer({ name: 'c', ...stating('0.2', '768') }),
      ],
    });
    expect(settled(task, undefined, 'FARGATE').demand).toEqual({ vcpus: 1, memoryMiB: 2048, gpus: 0 });
    const more = overriding({ name: 'a', resourceRequirements: [{ type: 'MEMORY', value: '300' }] });
    expect(settle(task, more, 'FARGATE')).toMatchObject({
      problem: { message: 'Fargate resource requirements (1.00 vCPU, 2092 MiB) not valid.' },
    });
  });

  it('a container that states nothing may use all that the task has', () => {
    const { resourceRequirements: _none, ...silent } = aTaskContainer({ name: 'b' });
    const task = aTask({ containers: [aTaskContainer({ name: 'a', ...stating('1', '2048') }), silent] });
    expect(settled(task, undefined, 'FARGATE').containers[1]?.demand).toEqual({
      vcpus: 1,
      memoryMiB: 2048,
      gpus: 0,
    });
  });
});

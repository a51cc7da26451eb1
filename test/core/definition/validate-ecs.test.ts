import { ecsPropertiesProblems } from '../../../core/definition/validate-ecs.ts';
import type {
  EcsProperties,
  EcsTaskProperties,
  Platform,
  TaskContainer,
} from '../../../core/definition/wire.ts';
import { aTask, aTaskContainer } from './definition-builders.ts';
import { describeRules } from './rule-table.ts';

const TASK = 'e.taskProperties[0]';
const C = `${TASK}.containers`;

describeRules<EcsProperties>('ecsProperties', (input) => ecsPropertiesProblems('e', input, 'EC2'), [
  {
    rule: 'have exactly one task',
    accepts: [{ taskProperties: [aTask()] }],
    refuses: [
      [{}, 'e.taskProperties must have exactly 1 element, but has 0.'],
      [{ taskProperties: [aTask(), aTask()] }, 'e.taskProperties must have exactly 1 element, but has 2.'],
    ],
  },
]);

const tasksOn = (platform: Platform) => (changes: EcsTaskProperties) =>
  ecsPropertiesProblems('e', { taskProperties: [aTask(changes)] }, platform);
const named = (...names: string[]): TaskContainer[] => names.map((name) => aTaskContainer({ name }));

const numbered = (count: number): TaskContainer[] =>
  named(...Array.from({ length: count }, (_, index) => `c${index}`));

/** `main` runs after `init`, which is not essential. */
const after = (condition: string, changes: TaskContainer = {}): EcsTaskProperties => ({
  containers: [
    aTaskContainer({ dependsOn: [{ containerName: 'init', condition }] }),
    aTaskContainer({ name: 'init', essential: false, ...changes }),
  ],
});

describeRules<EcsTaskProperties>('a task on EC2', tasksOn('EC2'), [
  {
    rule: 'has 1 to 10 containers',
    accepts: [{ containers: numbered(10) }],
    refuses: [
      [{ containers: [] }, `${C} must have 1 to 10 elements, but has 0.`],
      [{ containers: numbered(11) }, `${C} must have 1 to 10 elements, but has 11.`],
    ],
  },
  {
    rule: 'has containers with distinct names, unless there is only one',
    accepts: [{ containers: [{ ...aTaskContainer(), name: '' }] }, { containers: named('a', 'b') }],
    refuses: [
      [{ containers: [...named('a'), aTaskContainer({ name: '' })] }, `${C}[1].name is required.`],
      [{ containers: named('a', 'a') }, `${C}.name must be unique, but is "a".`],
      [
        { containers: named('a b') },
        `${C}[0].name must be 1 to 255 letters, digits, hyphens or underscores, but is "a b".`,
      ],
    ],
  },
  {
    rule: 'has containers that obey the rules of every container',
    accepts: [
      { containers: [aTaskContainer({ privileged: true, logConfiguration: { logDriver: 'awsfirelens' } })] },
    ],
    refuses: [
      [{ containers: [aTaskContainer({ image: '' })] }, `${C}[0].image is required.`],
      [{ containers: [aTaskContainer({ resourceRequirements: [] })] }, 'vCPU is not provided.'],
      [
        { containers: [aTaskContainer({ resourceRequirements: [{ type: 'VCPU', value: 'x' }] })] },
        'Value x for type VCPU in resourceRequirement is not valid. Please provide a numeric value.',
      ],
    ],
  },
  {
    rule: 'has at least one essential container',
    accepts: [{ containers: [aTaskContainer(), aTaskContainer({ name: 'side', essential: false })] }],
    refuses: [
      [
        { containers: [aTaskContainer({ essential: false })] },
        `${C} must have at least one essential container.`,
      ],
    ],
  },
  {
    rule: 'has containers that wait for others of the task',
    accepts: [after('START'), after('COMPLETE'), after('SUCCESS')],
    refuses: [
      [
        after('HEALTHY'),
        `${C}[0].dependsOn[0].condition must be one of START, COMPLETE, SUCCESS, but is "HEALTHY".`,
      ],
      [
        { containers: [aTaskContainer({ dependsOn: [{ containerName: 'other', condition: 'START' }] })] },
        `${C}[0].dependsOn[0].containerName must be the name of another container of the task, but is "other".`,
      ],
      [
        { containers: [aTaskContainer({ dependsOn: [{ containerName: 'main', condition: 'START' }] })] },
        `${C}[0].dependsOn[0].containerName must be the name of another container of the task, but is "main".`,
      ],
      [
        { containers: [aTaskContainer({ dependsOn: [{ containerName: 'b' }] }), ...named('b')] },
        `${C}[0].dependsOn[0].condition is required.`,
      ],
    ],
  },
  {
    rule: 'has no container that waits for the end of an essential one',
    accepts: [after('START', { essential: true })],
    refuses: [
      [
        after('SUCCESS', { essential: true }),
        `${C}[0].dependsOn[0].condition must be START for the essential container init, but is "SUCCESS".`,
      ],
    ],
  },
  {
    rule: 'has no containers that wait for each other',
    accepts: [after('START')],
    refuses: [
      [
        after('START', { dependsOn: [{ containerName: 'main', condition: 'START' }] }),
        `${C}.dependsOn must not form a cycle, but is "main -> init -> main".`,
      ],
    ],
  },
  {
    rule: 'routes logs by fluentd or fluentbit and waits a whole number of seconds',
    accepts: [
      {
        containers: [
          aTaskContainer({ firelensConfiguration: { type: 'fluentbit' }, stopTimeout: 30, startTimeout: 0 }),
        ],
      },
    ],
    refuses: [
      [
        { containers: [aTaskContainer({ firelensConfiguration: { type: 'syslog' } })] },
        `${C}[0].firelensConfiguration.type must be one of fluentd, fluentbit, but is "syslog".`,
      ],
      [
        { containers: [aTaskContainer({ startTimeout: -1 })] },
        `${C}[0].startTimeout must be a whole number of at least 0, but is -1.`,
      ],
      [
        { containers: [aTaskContainer({ stopTimeout: 1.5 })] },
        `${C}[0].stopTimeout must be a whole number of at least 0, but is 1.5.`,
      ],
    ],
  },
  {
    rule: 'shares namespaces in the ways that ECS knows',
    accepts: [{ ipcMode: 'none', pidMode: 'host' }],
    refuses: [
      [{ ipcMode: 'all' }, `${TASK}.ipcMode must be one of host, task, none, but is "all".`],
      [{ pidMode: 'none' }, `${TASK}.pidMode must be one of host, task, but is "none".`],
    ],
  },
  {
    rule: 'has no member of another platform',
    accepts: [{}],
    refuses: [
      [
        { platformVersion: 'LATEST' },
        `${TASK}.platformVersion is not allowed outside Fargate, but is "LATEST".`,
      ],
      [
        { networkMode: 'host' },
        `${TASK}.networkMode is not allowed outside managed instances, but is "host".`,
      ],
      [
        { ephemeralStorage: { sizeInGiB: 30 } },
        `${TASK}.ephemeralStorage is not allowed outside Fargate, but is {"sizeInGiB":30}.`,
      ],
    ],
  },
  {
    rule: 'mounts the volumes of the task',
    accepts: [
      {
        volumes: [{ name: 'v' }],
        containers: [aTaskContainer({ mountPoints: [{ containerPath: '/v', sourceVolume: 'v' }] })],
      },
    ],
    refuses: [
      [
        { containers: [aTaskContainer({ mountPoints: [{ containerPath: '/v', sourceVolume: 'v' }] })] },
        `${C}[0].mountPoints[0].sourceVolume must be the name of a declared volume, but is "v".`,
      ],
    ],
  },
]);

const role = { executionRoleArn: 'arn:aws:iam::123456789012:role/execution' };
const sized = (vcpus: string, memory: string, name: string): TaskContainer =>
  aTaskContainer({
    name,
    resourceRequirements: [
      { type: 'VCPU', value: vcpus },
      { type: 'MEMORY', value: memory },
    ],
  });

describeRules<EcsTaskProperties>('a task on Fargate', tasksOn('FARGATE'), [
  {
    rule: 'asks, with all its containers, for a size that Fargate offers',
    accepts: [{ ...role, containers: [sized('0.25', '1024', 'a'), sized('0.25', '1024', 'b')] }],
    refuses: [
      [
        { ...role, containers: [sized('1', '2048', 'a'), sized('2', '2048', 'b')] },
        'Fargate resource requirements (3.00 vCPU, 4096 MiB) not valid.',
      ],
      [{ ...role, containers: [aTaskContainer({ resourceRequirements: [] })] }, 'vCPU is not provided.'],
    ],
  },
  {
    rule: 'needs an execution role',
    accepts: [role],
    refuses: [[{}, `${TASK}.executionRoleArn is required.`]],
  },
  {
    rule: 'shares no namespace with the host',
    accepts: [{ ...role, pidMode: 'task', platformVersion: '1.4.0' }],
    refuses: [
      [{ ...role, pidMode: 'host' }, `${TASK}.pidMode must not be host on Fargate, but is "host".`],
      [{ ...role, ipcMode: 'task' }, `${TASK}.ipcMode is not allowed on Fargate, but is "task".`],
    ],
  },
]);

describeRules<EcsTaskProperties>('a task on managed instances', tasksOn('MANAGED_INSTANCES'), [
  {
    rule: 'uses the host network and runs Linux',
    accepts: [{}, { networkMode: 'host', runtimePlatform: { cpuArchitecture: 'ARM64' } }],
    refuses: [
      [{ networkMode: 'bridge' }, `${TASK}.networkMode must be one of host, but is "bridge".`],
      [
        { runtimePlatform: { operatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' } },
        `${TASK}.runtimePlatform.operatingSystemFamily must be one of LINUX, but is "WINDOWS_SERVER_2022_CORE".`,
      ],
      [
        { networkConfiguration: {} },
        `${TASK}.networkConfiguration is not allowed outside Fargate, but is {}.`,
      ],
    ],
  },
]);

import { eksPropertiesProblems } from '../../../core/definition/validate-eks.ts';
import type { EksContainer, EksPodProperties } from '../../../core/definition/wire.ts';
import { describeRules } from './rule-table.ts';

const container = (changes: EksContainer = {}): EksContainer => ({
  image: 'busybox',
  resources: { limits: { cpu: '1', memory: '512Mi' } },
  ...changes,
});
const P = 'e.podProperties';
const C = `${P}.containers[0]`;

const onPod = (changes: EksPodProperties) =>
  eksPropertiesProblems('e', { podProperties: { containers: [container()], ...changes } });
const onContainer = (changes: EksContainer) => onPod({ containers: [container(changes)] });

describeRules(
  'eksProperties',
  (properties: { podProperties?: EksPodProperties }) => eksPropertiesProblems('e', properties),
  [
    {
      rule: 'have a pod',
      accepts: [{ podProperties: { containers: [container()] } }],
      refuses: [[{}, 'e.podProperties is required.']],
    },
  ],
);

describeRules<EksPodProperties>('a pod', onPod, [
  {
    rule: 'has 1 to 10 containers and at most 10 init containers',
    accepts: [{ initContainers: [] }],
    refuses: [
      [{ containers: [] }, `${P}.containers must have 1 to 10 elements, but has 0.`],
      [
        { initContainers: Array.from({ length: 11 }, (_, index) => container({ name: `i${index}` })) },
        `${P}.initContainers must have at most 10 elements, but has 11.`,
      ],
    ],
  },
  {
    rule: 'has containers with distinct names, unnamed ones being Default',
    accepts: [{ containers: [container(), container({ name: 'b' })] }],
    refuses: [
      [{ containers: [container(), container()] }, `${P}.containers.name must be unique, but is "Default".`],
      [
        { containers: [container({ name: 'a' })], initContainers: [container({ name: 'a' })] },
        `${P}.containers.name must be unique, but is "a".`,
      ],
    ],
  },
  {
    rule: 'has volumes with distinct names, and mounts only those',
    accepts: [{ volumes: [{ name: 'v' }], containers: [container({ volumeMounts: [{ name: 'v' }] })] }],
    refuses: [
      [{ volumes: [{ name: 'v' }, { name: 'v' }] }, `${P}.volumes.name must be unique, but is "v".`],
      [
        { containers: [container({ volumeMounts: [{ name: 'v' }] })] },
        `${C}.volumeMounts[0].name must be the name of a declared volume, but is "v".`,
      ],
    ],
  },
  {
    rule: 'resolves names by a policy of Kubernetes',
    accepts: [{ dnsPolicy: 'ClusterFirst' }],
    refuses: [
      [
        { dnsPolicy: 'None' },
        `${P}.dnsPolicy must be one of Default, ClusterFirst, ClusterFirstWithHostNet, but is "None".`,
      ],
    ],
  },
  {
    rule: 'lives in a namespace of its own',
    accepts: [{ metadata: { namespace: 'team-a' } }, { metadata: { namespace: 'x'.repeat(63) } }],
    refuses: [
      [
        { metadata: { namespace: '-a' } },
        `${P}.metadata.namespace must be 1 to 63 lower-case letters, digits or hyphens, with no hyphen at an end, but is "-a".`,
      ],
      [
        { metadata: { namespace: 'x'.repeat(64) } },
        `${P}.metadata.namespace must be 1 to 63 lower-case letters, digits or hyphens, with no hyphen at an end, but is "${'x'.repeat(64)}".`,
      ],
      [
        { metadata: { namespace: 'kube-system' } },
        `${P}.metadata.namespace must not be default or begin with kube-, but is "kube-system".`,
      ],
      [
        { metadata: { namespace: 'default' } },
        `${P}.metadata.namespace must not be default or begin with kube-, but is "default".`,
      ],
    ],
  },
]);

describeRules<EksContainer>('a container of a pod', onContainer, [
  {
    rule: 'has an image, pulled by a policy of Kubernetes',
    accepts: [{ imagePullPolicy: 'Always' }],
    refuses: [
      [{ image: '' }, `${C}.image is required.`],
      [
        { imagePullPolicy: 'Sometimes' },
        `${C}.imagePullPolicy must be one of Always, IfNotPresent, Never, but is "Sometimes".`,
      ],
    ],
  },
  {
    rule: 'leaves AWS_BATCH variables to the service',
    accepts: [{ env: [{ name: 'A', value: '1' }] }],
    refuses: [
      [
        { env: [{ name: 'AWS_BATCH_X' }] },
        `${C}.env[0].name must not begin with AWS_BATCH, which is reserved, but is "AWS_BATCH_X".`,
      ],
    ],
  },
  {
    rule: 'states cpu and memory, in requests or limits',
    accepts: [
      { resources: { requests: { cpu: '1', memory: '4Mi' } } },
      { resources: { requests: { cpu: '1' }, limits: { memory: '4Mi' } } },
    ],
    refuses: [
      [{ resources: {} }, 'vCPU is not provided.'],
      [{ resources: { limits: { cpu: '1' } } }, 'Memory is not provided.'],
    ],
  },
  {
    rule: 'states cpu in multiples of 0.25, memory in whole Mi, GPUs in whole numbers',
    accepts: ['0.25', '0.5', '1.0', '2.75', '64'].map((cpu) => ({
      resources: { limits: { cpu, memory: '4Mi', 'nvidia.com/gpu': '1' } },
    })),
    refuses: [
      ...['0.3', '0', '250m', ''].map(
        (cpu) =>
          [
            { resources: { limits: { cpu, memory: '4Mi' } } },
            `${C}.resources.limits.cpu must be a multiple of 0.25, but is "${cpu}".`,
          ] as const,
      ),
      ...['3Mi', '1Gi', '512', '1.5Mi'].map(
        (memory) =>
          [
            { resources: { limits: { cpu: '1', memory } } },
            `${C}.resources.limits.memory must be a whole number of at least 4 with the suffix Mi, but is "${memory}".`,
          ] as const,
      ),
      [
        { resources: { limits: { cpu: '1', memory: '4Mi', 'nvidia.com/gpu': '0.5' } } },
        `${C}.resources.limits.nvidia.com/gpu must be a whole number, but is "0.5".`,
      ],
      [
        { resources: { limits: { cpu: '1', memory: '4Mi', disk: '1' } } },
        `${C}.resources.limits.disk must be cpu, memory or nvidia.com/gpu, but is "1".`,
      ],
    ],
  },
  {
    rule: 'has limits that meet its requests',
    accepts: [{ resources: { requests: { cpu: '1', memory: '4Mi' }, limits: { cpu: '2', memory: '4Mi' } } }],
    refuses: [
      [
        { resources: { requests: { cpu: '2', memory: '4Mi' }, limits: { cpu: '1' } } },
        `${C}.resources.limits.cpu must be at least the request 2, but is "1".`,
      ],
      [
        { resources: { requests: { cpu: '1', memory: '4Mi' }, limits: { memory: '8Mi' } } },
        `${C}.resources.limits.memory must equal the request 4Mi, but is "8Mi".`,
      ],
    ],
  },
]);

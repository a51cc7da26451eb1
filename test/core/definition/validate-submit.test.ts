import { submitProblems } from '../../../core/definition/validate-submit.ts';
import type { SubmitJobInput } from '../../../core/definition/wire.ts';
import { aSubmission } from './definition-builders.ts';
import { describeRules } from './rule-table.ts';

const ID = '01234567-89ab-cdef-0123-456789abcdef';
const array = { arrayProperties: { size: 2 } };
const onJobs = (count: number) => Array.from({ length: count }, () => ({ jobId: ID }));
const command = (...words: string[]) => ({ command: words });

describeRules<Partial<SubmitJobInput>>('a submission', (changes) => submitProblems(aSubmission(changes)), [
  {
    rule: 'has a job name',
    accepts: [{ jobName: '1-job_A' }],
    refuses: [[{ jobName: '-job' }, 'Job name should match valid pattern']],
  },
  {
    rule: 'is an array of 2 to 10,000 children, or none',
    accepts: [{ arrayProperties: {} }, array, { arrayProperties: { size: 10_000 } }],
    refuses: [1, 0, 10_001].map((size) => [
      { arrayProperties: { size } },
      `arrayProperties.size must be a whole number from 2 to 10000, but is ${size}.`,
    ]),
  },
  {
    rule: 'depends on at most 20 jobs',
    accepts: [{ dependsOn: onJobs(20) }],
    refuses: [[{ dependsOn: onJobs(21) }, 'dependsOn must have at most 20 elements, but has 21.']],
  },
  {
    rule: 'depends on jobs and array children by their ids',
    accepts: [{ dependsOn: [] }, { dependsOn: [{ jobId: ID }, { jobId: `${ID}:7` }] }],
    refuses: [
      [{ dependsOn: [{}] }, 'dependsOn[0].jobId is required.'],
      ...['x', `${ID}#1`, `${ID}:`, ID.toUpperCase()].map(
        (jobId) =>
          [
            { dependsOn: [{ jobId }] },
            `dependsOn[0].jobId must be the id of a job or of an array child, but is "${jobId}".`,
          ] as const,
      ),
    ],
  },
  {
    rule: 'is sequential only as an array, and on itself',
    accepts: [{ ...array, dependsOn: [{ type: 'SEQUENTIAL' }] }],
    refuses: [
      [
        { dependsOn: [{ type: 'SEQUENTIAL' }] },
        'dependsOn[0].type is for array jobs only, but is "SEQUENTIAL".',
      ],
      [
        { ...array, dependsOn: [{ type: 'SEQUENTIAL', jobId: ID }] },
        `dependsOn[0].jobId must be absent with type SEQUENTIAL, but is "${ID}".`,
      ],
    ],
  },
  {
    rule: 'depends child by child only as an array, on another array',
    accepts: [{ ...array, dependsOn: [{ type: 'N_TO_N', jobId: ID }] }],
    refuses: [
      [
        { dependsOn: [{ type: 'N_TO_N', jobId: ID }] },
        'dependsOn[0].type is for array jobs only, but is "N_TO_N".',
      ],
      [{ ...array, dependsOn: [{ type: 'N_TO_N' }] }, 'dependsOn[0].jobId is required.'],
      [
        { ...array, dependsOn: [{ type: 'N_TO_N', jobId: `${ID}:1` }] },
        `dependsOn[0].jobId must be the id of an array job with type N_TO_N, but is "${ID}:1".`,
      ],
      [
        { ...array, dependsOn: [{ type: 'ALL', jobId: ID }] },
        'dependsOn[0].type must be one of N_TO_N, SEQUENTIAL, but is "ALL".',
      ],
    ],
  },
  {
    rule: 'names a share by letters and digits with an optional final *',
    accepts: [{ shareIdentifier: 'a' }, { shareIdentifier: 'Team9*' }, { shareIdentifier: 'x'.repeat(255) }],
    refuses: ['', '*', 'a-b', 'a*b', 'x'.repeat(256)].map((shareIdentifier) => [
      { shareIdentifier },
      `shareIdentifier must be 1 to 255 letters or digits with an optional final *, but is ${
        shareIdentifier.length > 200 ? `"${shareIdentifier.slice(0, 199)}…` : `"${shareIdentifier}"`
      }.`,
    ]),
  },
  {
    rule: 'obeys the rules of priority, retries, timeout, tags and consumable resources',
    accepts: [{ schedulingPriorityOverride: 0, retryStrategy: {}, timeout: {}, tags: {} }],
    refuses: [
      [
        { schedulingPriorityOverride: 10_000 },
        'schedulingPriorityOverride must be a whole number from 0 to 9999, but is 10000.',
      ],
      [
        { retryStrategy: { attempts: 0 } },
        'retryStrategy.attempts must be a whole number from 1 to 10, but is 0.',
      ],
      [
        { timeout: { attemptDurationSeconds: 59 } },
        'timeout.attemptDurationSeconds must be a whole number of at least 60, but is 59.',
      ],
      [{ tags: { 'AWS:x': '' } }, 'tags must not have keys that begin with aws:, but is "AWS:x".'],
      [
        { consumableResourcePropertiesOverride: { consumableResourceList: [{ quantity: 1 }] } },
        'consumableResourcePropertiesOverride.consumableResourceList[0].consumableResource is required.',
      ],
    ],
  },
  {
    rule: 'overrides commands by words that are not empty',
    accepts: [
      { containerOverrides: command() },
      { containerOverrides: command('sh', '-c', ' ') },
      { ecsPropertiesOverride: { taskProperties: [{ containers: [command('a')] }] } },
    ],
    refuses: [
      [{ containerOverrides: command('sh', '') }, 'Command cannot be empty'],
      [
        { ecsPropertiesOverride: { taskProperties: [{ containers: [command('')] }] } },
        'Command cannot be empty',
      ],
      [
        { nodeOverrides: { nodePropertyOverrides: [{ targetNodes: '0', containerOverrides: command('') }] } },
        'Command cannot be empty',
      ],
    ],
  },
  {
    rule: 'overrides no variable of the service',
    accepts: [{ containerOverrides: { environment: [{ name: 'A', value: '' }] } }],
    refuses: [
      [
        { containerOverrides: { environment: [{ name: 'AWS_BATCH_JOB_ID', value: 'x' }] } },
        'containerOverrides.environment[0].name must not begin with AWS_BATCH, which is reserved, but is "AWS_BATCH_JOB_ID".',
      ],
      [
        { eksPropertiesOverride: { podProperties: { containers: [{ env: [{ name: 'AWS_BATCH_X' }] }] } } },
        'eksPropertiesOverride.podProperties.containers[0].env[0].name must not begin with AWS_BATCH, which is reserved, but is "AWS_BATCH_X".',
      ],
    ],
  },
  {
    rule: 'asks for at least one node',
    accepts: [{ nodeOverrides: { numNodes: 1 } }, { nodeOverrides: {} }],
    refuses: [
      [
        { nodeOverrides: { numNodes: 0 } },
        'nodeOverrides.numNodes must be a whole number of at least 1, but is 0.',
      ],
    ],
  },
]);

import { describe, expect, it } from 'vitest';
import { operationNames as everyOperation } from '../../../api/shapes/operation-shapes.ts';
import { accessQuestionsOf } from '../../../core/access/access-questions.ts';
import { BATCH_ACTIONS, batchActionOf } from '../../../core/access/actions.ts';
import type { AccessCall } from '../../../core/access/call.ts';
import type { AccessQuestion, Caller } from '../../../core/access/question.ts';

const operationNames = everyOperation();
const BASE = 'arn:aws:batch:eu-west-1:123456789012';
const ID = '11111111-2222-4333-8444-555555555555';
const ADA: Caller = {
  arn: 'arn:aws:iam::123456789012:user/team/ada',
  accountId: '123456789012',
  accessKeyId: 'AKIA',
  principalId: 'AIDA',
  type: 'IAMUser',
};

function aCall(operation: string, input: object, given: Partial<AccessCall> = {}): AccessCall {
  return {
    service: 'batch',
    operation,
    input,
    scope: { partition: 'aws', region: 'eu-west-1', account: '123456789012' },
    caller: ADA,
    sourceIp: '::ffff:203.0.113.7',
    userAgent: 'boto3',
    at: '2026-11-21T10:00:00Z',
    epochSeconds: 1_795_255_200,
    isEncrypted: true,
    ...given,
  };
}

const asked = (operation: string, input: object, service = 'batch'): readonly string[] =>
  accessQuestionsOf(aCall(operation, input, { service })).map(
    ({ action, resource, unlessDenied }) =>
      `${action} ${resource.replace(BASE, '…')}${unlessDenied ? ' (unless denied)' : ''}`,
  );

const keysOf = ({ context }: AccessQuestion): Record<string, readonly string[]> =>
  Object.fromEntries(context.map(({ key, values }) => [key, values]));

describe('a call asks', () => {
  it.each([
    ['DescribeJobs', { jobs: [ID] }, ['batch:DescribeJobs *']],
    ['ListJobs', { jobQueue: 'blue' }, ['batch:ListJobs *']],
    ['CancelJob', { jobId: `${ID}:3`, reason: 'x' }, [`batch:CancelJob …:job/${ID}:3`]],
    ['TerminateJob', { jobId: `${BASE}:job/${ID}`, reason: 'x' }, [`batch:TerminateJob …:job/${ID}`]],
    [
      'CancelJobs',
      { jobs: [ID, 'x', ID], reason: 'y' },
      [`batch:CancelJob …:job/${ID}`, 'batch:CancelJob …:job/x'],
    ],
    ['HoldJob', { jobId: ID }, [`batch:CancelJob …:job/${ID}`]],
    ['ExplainJob', { jobId: ID }, ['batch:DescribeJobs *']],
    ['PriceJob', { jobId: ID }, ['batch:DescribeJobs *']],
    ['GraphJobs', { jobId: ID }, ['batch:DescribeJobs *']],
    ['SearchJobs', { query: { tag: 'team' } }, ['batch:ListJobs *', 'batch:DescribeJobs *']],
    ['MapChildren', { jobId: ID }, ['batch:ListJobs *']],
    ['InspectJob', { jobId: ID }, ['batch:DescribeJobs *', 'batch:DescribeJobDefinitions *']],
    [
      'PrepareRerun',
      { jobId: ID },
      ['batch:DescribeJobs *', 'batch:DescribeJobDefinitions *', 'batch:DescribeJobQueues *'],
    ],
    [
      'GetOverview',
      {},
      ['batch:DescribeJobQueues *', 'batch:DescribeComputeEnvironments *', 'batch:ListJobs *'],
    ],
    ['GetHome', {}, ['batch:DescribeJobQueues *']],
    ['GetJobQueueSnapshot', { jobQueue: 'blue' }, ['batch:GetJobQueueSnapshot …:job-queue/blue']],
    [
      'DeregisterJobDefinition',
      { jobDefinition: 'd:3' },
      ['batch:DeregisterJobDefinition …:job-definition/d:3'],
    ],
    [
      'DeleteSchedulingPolicy',
      { arn: `${BASE}:scheduling-policy/p` },
      ['batch:DeleteSchedulingPolicy …:scheduling-policy/p'],
    ],
    ['ListTagsForResource', { resourceArn: `${BASE}:job/${ID}` }, [`batch:ListTagsForResource …:job/${ID}`]],
    [
      'TagResource',
      { resourceArn: `${BASE}:job/${ID}`, tags: { a: 'b' } },
      [`batch:TagResource …:job/${ID}`],
    ],
    [
      'UntagResource',
      { resourceArn: `${BASE}:job/${ID}`, tagKeys: ['a'] },
      [`batch:UntagResource …:job/${ID}`],
    ],
    [
      'SubmitJob',
      { jobName: 'j', jobQueue: 'blue', jobDefinition: 'd' },
      [
        'batch:SubmitJob …:job/* (unless denied)',
        'batch:SubmitJob …:job-queue/blue',
        'batch:SubmitJob …:job-definition/d',
      ],
    ],
    [
      'SubmitJob',
      {
        jobQueue: `${BASE}:job-queue/blue`,
        jobDefinition: 'd:7',
        tags: { team: 'blue' },
        consumableResourcePropertiesOverride: { consumableResourceList: [{ consumableResource: 'licence' }] },
      },
      [
        'batch:SubmitJob …:job/* (unless denied)',
        'batch:SubmitJob …:job-queue/blue',
        'batch:SubmitJob …:job-definition/d:7',
        'batch:SubmitJob …:consumable-resource/licence',
        'batch:TagResource …:job/*',
      ],
    ],
    [
      'CreateJobQueue',
      {
        jobQueueName: 'blue',
        computeEnvironmentOrder: [
          { computeEnvironment: 'a' },
          { computeEnvironment: `${BASE}:compute-environment/b` },
        ],
        schedulingPolicyArn: `${BASE}:scheduling-policy/p`,
        tags: { team: 'blue' },
      },
      [
        'batch:CreateJobQueue …:job-queue/blue',
        'batch:CreateJobQueue …:compute-environment/a',
        'batch:CreateJobQueue …:compute-environment/b',
        'batch:CreateJobQueue …:scheduling-policy/p',
        'batch:TagResource …:job-queue/blue',
      ],
    ],
    [
      'CreateComputeEnvironment',
      {
        computeEnvironmentName: 'ce',
        serviceRole: 'arn:aws:iam::123456789012:role/service',
        capacityTags: { a: 'b' },
        computeResources: {
          instanceRole: 'arn:aws:iam::123456789012:instance-profile/ecsInstanceRole',
          spotIamFleetRole: 'fleet',
        },
      },
      [
        'batch:CreateComputeEnvironment …:compute-environment/ce',
        'batch:SetCapacityTags …:compute-environment/ce',
        'iam:PassRole arn:aws:iam::123456789012:role/service',
        'iam:PassRole arn:aws:iam::123456789012:role/ecsInstanceRole',
        'iam:PassRole arn:aws:iam::123456789012:role/fleet',
      ],
    ],
    [
      'CreateQuotaShare',
      { jobQueue: 'q', quotaShareName: 's' },
      ['batch:CreateQuotaShare …:job-queue/q', 'batch:CreateQuotaShare …:job-queue/q/quota-share/s'],
    ],
  ])('%s %j', (operation, input, expected) => {
    expect(asked(operation, input)).toEqual(expected);
  });

  it('for a log stream or group, and for tasks of a cluster, beside the Batch API', () => {
    const logs = 'arn:aws:logs:eu-west-1:123456789012:log-group:/aws/batch/job';
    const stream = { logGroupName: '/aws/batch/job', logStreamName: 'd/default/1' };
    expect(asked('GetLogEvents', stream, 'logs')).toEqual([
      `logs:GetLogEvents ${logs}:log-stream:d/default/1`,
    ]);
    expect(asked('FilterLogEvents', { logGroupIdentifier: `${logs}:*` }, 'logs')).toEqual([
      `logs:FilterLogEvents ${logs}:*`,
    ]);
    const tasks = { cluster: 'arn:aws:ecs:eu-west-1:123456789012:cluster/c', tasks: ['t'] };
    expect(asked('DescribeTasks', tasks, 'ecs')).toEqual([
      'ecs:DescribeTasks arn:aws:ecs:eu-west-1:123456789012:task/c/t',
    ]);
    expect(asked('LookupEvents', {}, 'slipway')).toEqual(['slipway:LookupEvents *']);
  });
});

describe('a question', () => {
  it('carries who asks, from where and when', () => {
    const [question] = accessQuestionsOf(aCall('ListJobs', {}));
    expect(question && keysOf(question)).toEqual({
      'aws:PrincipalArn': [ADA.arn],
      'aws:PrincipalAccount': ['123456789012'],
      'aws:PrincipalType': ['User'],
      'aws:userid': ['AIDA'],
      'aws:username': ['ada'],
      'aws:RequestedRegion': ['eu-west-1'],
      'aws:SourceIp': ['203.0.113.7'],
      'aws:UserAgent': ['boto3'],
      'aws:SecureTransport': ['true'],
      'aws:CurrentTime': ['2026-11-21T10:00:00Z'],
      'aws:EpochTime': ['1795255200'],
    });
  });

  it('of a session is about its role', () => {
    const caller = { ...ADA, arn: 'arn:aws:sts::123456789012:assumed-role/ci/run-1', type: 'AssumedRole' };
    const [question] = accessQuestionsOf(aCall('ListJobs', {}, { caller }));
    expect(question && keysOf(question)).toMatchObject({
      'aws:PrincipalArn': ['arn:aws:iam::123456789012:role/ci'],
      'aws:PrincipalType': ['AssumedRole'],
    });
    expect(question && keysOf(question)).not.toHaveProperty('aws:username');
  });

  it('carries the tags of the request and, from the store, those of the resource', () => {
    const facts = {
      tagsOf: (arn: string) => (arn === `${BASE}:job-queue/blue` ? { owner: 'ada' } : { never: 'asked' }),
    };
    const input = { jobQueue: 'blue', jobDefinition: 'd', tags: { team: 'x' }, shareIdentifier: 's' };
    const questions = accessQuestionsOf(aCall('SubmitJob', input), facts);
    expect(questions.map(keysOf)).toMatchObject([
      { 'aws:RequestTag/team': ['x'], 'aws:TagKeys': ['team'], 'batch:ShareIdentifier': ['s'] },
      { 'aws:ResourceTag/owner': ['ada'], 'batch:ShareIdentifier': ['s'] },
      {},
      {},
    ]);
    // Neither a job without an id nor a definition without its revision has tags.
    for (const at of [0, 2, 3])
      expect(keysOf(questions[at] as AccessQuestion)).not.toHaveProperty('aws:ResourceTag/never');
  });

  it('about a child or a node looks at the tags of its job', () => {
    const seen: string[] = [];
    const facts = { tagsOf: (arn: string) => void seen.push(arn) };
    accessQuestionsOf(aCall('TerminateJobs', { jobs: [`${ID}:1`, `${ID}#0`], reason: 'x' }), facts);
    expect(seen).toEqual([`${BASE}:job/${ID}`, `${BASE}:job/${ID}`]);
  });

  it('is asked for each container of a definition, so that none hides behind another', () => {
    const questions = accessQuestionsOf(
      aCall('RegisterJobDefinition', {
        jobDefinitionName: 'd',
        nodeProperties: {
          nodeRangeProperties: [
            { container: { image: 'one', privileged: true, jobRoleArn: 'arn:aws:iam::123456789012:role/r' } },
            {
              ecsProperties: {
                taskProperties: [{ containers: [{ image: 'two' }, { image: 'three', user: 'root' }] }],
              },
            },
          ],
        },
      }),
    );
    expect(questions.map((question) => [question.action, keysOf(question)])).toMatchObject([
      ['batch:RegisterJobDefinition', { 'batch:Image': ['one'], 'batch:Privileged': ['true'] }],
      ['batch:RegisterJobDefinition', { 'batch:Image': ['two'], 'batch:Privileged': ['false'] }],
      ['batch:RegisterJobDefinition', { 'batch:Image': ['three'], 'batch:User': ['root'] }],
      ['iam:PassRole', { 'iam:PassedToService': ['ecs-tasks.amazonaws.com'] }],
    ]);
  });

  it('carries what a pod runs as', () => {
    const [question] = accessQuestionsOf(
      aCall('RegisterJobDefinition', {
        jobDefinitionName: 'd',
        eksProperties: {
          podProperties: {
            serviceAccountName: 'sa',
            metadata: { namespace: 'ns' },
            containers: [{ image: 'i', securityContext: { runAsUser: 0, runAsGroup: 5, privileged: true } }],
          },
        },
      }),
    );
    expect(question && keysOf(question)).toMatchObject({
      'batch:EKSImage': ['i'],
      'batch:EKSNamespace': ['ns'],
      'batch:EKSServiceAccountName': ['sa'],
      'batch:EKSRunAsUser': ['0'],
      'batch:EKSRunAsGroup': ['5'],
      'batch:EKSPrivileged': ['true'],
    });
  });
});

describe('the table of actions', () => {
  it('has every operation of AWS Batch, as itself or as the single form of a bulk one', () => {
    expect(operationNames.filter((name) => !(batchActionOf(name) in BATCH_ACTIONS))).toEqual([]);
  });

  const TYPED_INPUT: Readonly<Record<string, object>> = {
    jobs: { jobs: [ID] },
    named: Object.fromEntries(
      [
        'jobId',
        'jobQueue',
        'jobQueueName',
        'jobDefinition',
        'jobDefinitionName',
        'computeEnvironment',
        'quotaShareName',
        'computeEnvironmentName',
        'consumableResource',
        'consumableResourceName',
        'serviceEnvironment',
        'serviceEnvironmentName',
        'name',
        'shareIdentifier',
      ].map((field) => [field, 'x']),
    ),
    arns: {
      arn: `${BASE}:scheduling-policy/x`,
      quotaShareArn: `${BASE}:job-queue/q/quota-share/x`,
      resourceArn: `${BASE}:job/x`,
      schedulingPolicyArn: `${BASE}:scheduling-policy/x`,
    },
  };

  it.each(operationNames)('says what %s is asked for', (operation) => {
    const input = { ...TYPED_INPUT['jobs'], ...TYPED_INPUT['named'], ...TYPED_INPUT['arns'] };
    const entry = BATCH_ACTIONS[batchActionOf(operation)];
    const types = accessQuestionsOf(aCall(operation, input))
      .filter(({ action }) => action === `batch:${batchActionOf(operation)}`)
      .map(({ resource }) =>
        resource.includes('/quota-share/')
          ? 'quota-share'
          : (/:([a-z-]+)\//.exec(resource.slice(BASE.length))?.[1] ?? '*'),
      );
    // An ARN has the same type with and without the revision.
    const known = [...(entry?.required ?? []), ...(entry?.optional ?? [])].map((type) =>
      type.replace(/-revision$/, ''),
    );
    expect(known.length === 0 ? ['*'] : known).toEqual(expect.arrayContaining(types));
    for (const type of entry?.required ?? []) expect(types).toContain(type.replace(/-revision$/, ''));
  });
});

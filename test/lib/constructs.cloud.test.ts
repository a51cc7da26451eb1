// The constructs in other people's apps: what they ask the service for, what they refuse, and whom they let do what.
import { Duration, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { afterAll, describe, expect, it } from 'vitest';
import { ComputeEnvironment } from '../../lib/compute-environment.ts';
import { propsFromContext } from '../../lib/context.ts';
import { Ec2ComputeEnvironment } from '../../lib/ec2-compute-environment.ts';
import { FargateComputeEnvironment } from '../../lib/fargate-compute-environment.ts';
import { GpuComputeEnvironment } from '../../lib/gpu-compute-environment.ts';
import { JobDefinition } from '../../lib/job-definition.ts';
import { JobQueue } from '../../lib/job-queue.ts';
import { retentionOf } from '../../lib/log-groups.ts';
import { permit } from '../../lib/permissions.ts';
import { SchedulingPolicy } from '../../lib/scheduling-policy.ts';
import { Slipway } from '../../lib/slipway.ts';
import type { ISlipway } from '../../lib/slipway-reference.ts';
import { UnmanagedComputeEnvironment } from '../../lib/unmanaged-compute-environment.ts';
import {
  actionsOf,
  anApp,
  aSlipwayStack,
  removeFolders,
  rendered,
  resourcesOf,
  resourceTextsOf,
  statementsOf,
  templateOf,
  type Template,
} from './synthesised.ts';

afterAll(removeFolders);

/** Somebody's own stack beside a service that is deployed already. */
function anOwnStack(): { readonly stack: Stack; readonly slipway: ISlipway } {
  const stack = new Stack(anApp(), 'Mine');
  const slipway = Slipway.fromAttributes(stack, 'Slipway', {
    resourceFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:resource',
    apiId: 'abc123',
    subnetIds: ['subnet-1', 'subnet-2'],
    securityGroupIds: ['sg-1'],
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    instanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/instance',
  });
  return { stack, slipway };
}

/** What the one resource of a type asks the service for. */
function inputOf(stack: Stack, type: string): Record<string, unknown> {
  const [found] = resourcesOf(templateOf(stack), `Custom::Slipway${type}`);
  expect(found?.[1].Properties?.['ServiceToken']).toContain(':function:resource');
  return JSON.parse(String(rendered(found?.[1].Properties?.['Input']))) as Record<string, unknown>; // a body
}

describe('compute environments', () => {
  it.each<[string, (scope: Construct, slipway: ISlipway) => unknown, object]>([
    [
      'Fargate',
      (scope, slipway) => new FargateComputeEnvironment(scope, 'It', { slipway, maxvCpus: 16 }),
      { type: 'FARGATE', maxvCpus: 16, subnets: ['subnet-1', 'subnet-2'], securityGroupIds: ['sg-1'] },
    ],
    [
      'Fargate Spot in subnets of its own',
      (scope, slipway) =>
        new FargateComputeEnvironment(scope, 'It', {
          slipway,
          maxvCpus: 16,
          spot: true,
          subnetIds: ['subnet-9'],
        }),
      { type: 'FARGATE_SPOT', subnets: ['subnet-9'] },
    ],
    [
      'EC2',
      (scope, slipway) => new Ec2ComputeEnvironment(scope, 'It', { slipway, maxvCpus: 64 }),
      {
        type: 'EC2',
        allocationStrategy: 'BEST_FIT_PROGRESSIVE',
        minvCpus: 0,
        instanceTypes: ['optimal'],
        instanceRole: 'arn:aws:iam::123456789012:instance-profile/instance',
      },
    ],
    [
      'EC2 Spot',
      (scope, slipway) =>
        new Ec2ComputeEnvironment(scope, 'It', {
          slipway,
          maxvCpus: 64,
          spot: true,
          bidPercentage: 60,
          scaleDownDelayMinutes: 30,
        }),
      {
        type: 'SPOT',
        allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
        bidPercentage: 60,
        scalingPolicy: { minScaleDownDelayMinutes: 30 },
      },
    ],
    [
      'GPU',
      (scope, slipway) => new GpuComputeEnvironment(scope, 'It', { slipway, maxvCpus: 64 }),
      { instanceTypes: ['g5', 'g6'], ec2Configuration: [{ imageType: 'ECS_AL2023_NVIDIA' }] },
    ],
  ])('on %s ask for what they are made of', (_kind, make, resources) => {
    const { stack, slipway } = anOwnStack();
    make(stack, slipway);
    expect(inputOf(stack, 'ComputeEnvironment')).toMatchObject({
      type: 'MANAGED',
      state: 'ENABLED',
      computeEnvironmentName: expect.stringMatching(/^[A-Za-z0-9_-]{1,128}$/) as string,
      computeResources: resources,
    });
  });

  it('of machines that somebody else keeps have no resources', () => {
    const { stack, slipway } = anOwnStack();
    new UnmanagedComputeEnvironment(stack, 'Lab', { slipway, unmanagedvCpus: 40, enabled: false });
    const input = inputOf(stack, 'ComputeEnvironment');
    expect(input).toMatchObject({ type: 'UNMANAGED', state: 'DISABLED', unmanagedvCpus: 40 });
    expect(input).not.toHaveProperty('computeResources');
  });

  it.each<[string, RegExp, (scope: Construct, slipway: ISlipway) => unknown]>([
    [
      'a strategy of the other market',
      /Mine\/It: computeResources.allocationStrategy/,
      (scope, slipway) =>
        new Ec2ComputeEnvironment(scope, 'It', {
          slipway,
          maxvCpus: 4,
          allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED',
        }),
    ],
    [
      'a name with a dot',
      /Mine\/It: Provided name a\.b /,
      (scope, slipway) =>
        new FargateComputeEnvironment(scope, 'It', { slipway, maxvCpus: 4, computeEnvironmentName: 'a.b' }),
    ],
  ])('are refused when the app is synthesised, not when it is deployed: %s', (_case, said, make) => {
    const { stack, slipway } = anOwnStack();
    expect(() => make(stack, slipway)).toThrow(said);
  });
});

describe('a queue', () => {
  function aQueue(): { readonly stack: Stack; readonly queue: JobQueue; readonly definition: JobDefinition } {
    const { stack, slipway } = anOwnStack();
    const spot = new FargateComputeEnvironment(stack, 'Spot', { slipway, maxvCpus: 4, spot: true });
    const theirs = ComputeEnvironment.fromName(stack, 'Theirs', 'fargate');
    const schedulingPolicy = new SchedulingPolicy(stack, 'Shares', {
      slipway,
      shares: [{ shareIdentifier: 'blue*', weightFactor: 0.5 }],
    });
    const queue = new JobQueue(stack, 'Nightly', {
      slipway,
      computeEnvironments: [spot, theirs],
      schedulingPolicy,
      priority: 7,
    });
    const definition = new JobDefinition(stack, 'Transcode', {
      slipway,
      image: 'busybox',
      jobDefinitionName: 'transcode',
    });
    return { stack, queue, definition };
  }

  it('names its environments in order, by ARNs that are known before they are made', () => {
    const { stack } = aQueue();
    const input = inputOf(stack, 'JobQueue');
    expect(input).toMatchObject({ state: 'ENABLED', priority: 7 });
    const places = input['computeEnvironmentOrder'] as readonly {
      order: number;
      computeEnvironment: string;
    }[]; // of a queue
    expect(places.map(({ order }) => order)).toEqual([1, 2]);
    expect(places[1]?.computeEnvironment).toMatch(
      /:batch:us-gov-west-1:123456789012:compute-environment\/fargate$/,
    );
    expect(input['schedulingPolicyArn']).toMatch(/:scheduling-policy\//);
    expect(inputOf(stack, 'SchedulingPolicy')).toMatchObject({
      fairsharePolicy: { shareDistribution: [{ shareIdentifier: 'blue*', weightFactor: 0.5 }] },
    });
  });

  it('is made after its environments and its policy, and goes before them', () => {
    const { stack } = aQueue();
    const [[, queue] = []] = resourcesOf(templateOf(stack), 'Custom::SlipwayJobQueue');
    expect(queue?.DependsOn).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Spot/), expect.stringMatching(/^Shares/)]),
    );
  });

  it('lets a grantee submit to it, and to nothing else', () => {
    const { stack, queue, definition } = aQueue();
    const role = new Role(stack, 'Submitter', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    queue.grantSubmit(role, definition);
    const statements = [...statementsOf(templateOf(stack)).values()].flat();
    const submit = statements.find((statement) => actionsOf(statement).includes('batch:SubmitJob'));
    const resources = resourceTextsOf(rendered(submit) as (typeof statements)[number]); // the same shape, with other texts
    expect([...resources].sort()).toEqual([
      expect.stringMatching(/:job-definition\/transcode$/),
      expect.stringMatching(/:job-definition\/transcode:\*$/),
      expect.stringMatching(/:job-queue\/Mine-Nightly/),
    ]);
    const invoke = statements.filter((statement) => actionsOf(statement).includes('execute-api:Invoke'));
    expect(invoke.flatMap((statement) => resourceTextsOf(statement)).join()).toMatch(
      /abc123\/\$default\/POST\/v1\/submitjob/,
    );
    expect(statements.flatMap(actionsOf)).not.toContain('batch:DeleteJobQueue');
  });

  it('lets a reader look and change nothing', () => {
    const { stack, queue } = aQueue();
    const role = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    queue.grantRead(role);
    const actions = [...statementsOf(templateOf(stack)).values()].flat().flatMap(actionsOf);
    expect(actions.every((action) => /^(batch:(Describe|Get|List)|execute-api:Invoke)/.test(action))).toBe(
      true,
    );
  });

  it('follows its jobs by their events', () => {
    const { stack, queue } = aQueue();
    queue.onStateChange('Failures', {
      statuses: ['FAILED'],
      target: new SqsQueue(new Queue(stack, 'OnCall')),
    });
    const [[, rule] = []] = resourcesOf(templateOf(stack), 'AWS::Events::Rule');
    expect(rendered(rule?.Properties?.['EventPattern'])).toEqual({
      source: ['slipway.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { jobQueue: [expect.stringMatching(/:job-queue\/Mine-Nightly/)], status: ['FAILED'] },
    });
  });

  it('tells its depth by the metric that the service writes', () => {
    const { stack, queue } = aQueue();
    expect(stack.resolve(queue.metricQueueDepth().toMetricConfig().metricStat)).toMatchObject({
      namespace: 'Slipway',
      metricName: 'QueueDepth',
      dimensions: [{ name: 'JobQueue', value: queue.jobQueueName }],
    });
  });

  it('of nothing is refused', () => {
    const { stack, slipway } = anOwnStack();
    expect(() => new JobQueue(stack, 'Empty', { slipway, computeEnvironments: [] })).toThrow(
      /computeEnvironments/,
    );
  });
});

describe('a job definition', () => {
  it('says in few words what AWS Batch wants in many', () => {
    const { stack, slipway } = anOwnStack();
    new JobDefinition(stack, 'Transcode', {
      slipway,
      image: 'busybox',
      command: ['transcode', 'Ref::input'],
      parameters: { input: 's3://none' },
      environment: { MODE: 'fast' },
      vcpus: 0.5,
      memoryMiB: 1024,
      timeout: Duration.hours(2),
      attempts: 3,
      tags: { team: 'video' },
    });
    expect(inputOf(stack, 'JobDefinition')).toEqual({
      jobDefinitionName: expect.stringMatching(/^Mine-Transcode/) as string,
      type: 'container',
      platformCapabilities: ['FARGATE'],
      parameters: { input: 's3://none' },
      timeout: { attemptDurationSeconds: 7200 },
      retryStrategy: { attempts: 3 },
      tags: { team: 'video' },
      containerProperties: {
        image: 'busybox',
        command: ['transcode', 'Ref::input'],
        environment: [{ name: 'MODE', value: 'fast' }],
        resourceRequirements: [
          { type: 'VCPU', value: '0.5' },
          { type: 'MEMORY', value: '1024' },
        ],
        executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
        networkConfiguration: { assignPublicIp: 'ENABLED' },
      },
    });
  });

  it('takes whatever RegisterJobDefinition takes', () => {
    const { stack, slipway } = anOwnStack();
    const container = {
      image: 'busybox',
      resourceRequirements: [
        { type: 'VCPU', value: '1' },
        { type: 'MEMORY', value: '64' },
      ],
    };
    const nodeProperties = {
      numNodes: 2,
      mainNode: 0,
      nodeRangeProperties: [{ targetNodes: '0:', container }],
    };
    new JobDefinition(stack, 'Mpi', { slipway, definition: { type: 'multinode', nodeProperties } });
    expect(inputOf(stack, 'JobDefinition')).toMatchObject({ type: 'multinode', nodeProperties });
  });

  it('is refused where Fargate has no such size', () => {
    const { stack, slipway } = anOwnStack();
    expect(() => new JobDefinition(stack, 'Odd', { slipway, image: 'busybox', vcpus: 3 })).toThrow(
      /Mine\/Odd: /,
    );
  });

  it('may name what only the deployment knows', () => {
    const { stack, slipway } = anOwnStack();
    const jobRole = new Role(stack, 'JobRole', {
      assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    });
    new JobDefinition(stack, 'Own', {
      slipway,
      jobRole,
      image: `${stack.account}.dkr.ecr.${stack.region}.amazonaws.com/app:1`,
    });
    expect(inputOf(stack, 'JobDefinition')).toMatchObject({
      containerProperties: { image: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/app:1' },
    });
  });
});

describe('the default resources', () => {
  it('are a queue for each family, that of the first one named called default', () => {
    const template = templateOf(
      aSlipwayStack({ computeEnvironments: ['ec2-spot', 'gpu', 'fargate', 'ec2'] }),
    );
    const inputs = resourcesOf(template, 'Custom::SlipwayJobQueue').map(
      ([, { Properties }]) => JSON.parse(String(rendered(Properties?.['Input']))) as Record<string, unknown>, // a body
    );
    const places = (input: Record<string, unknown>): readonly string[] =>
      (input['computeEnvironmentOrder'] as readonly { computeEnvironment: string }[]).map(
        ({ computeEnvironment }) => computeEnvironment.split('/').at(-1) ?? '',
      );
    expect(Object.fromEntries(inputs.map((input) => [input['jobQueueName'], places(input)]))).toEqual({
      default: ['ec2-spot', 'ec2'],
      gpu: ['gpu'],
      fargate: ['fargate'],
    });
  });

  it('come after everything that making them takes', () => {
    const template = templateOf(aSlipwayStack());
    const [[, environment] = []] = resourcesOf(template, 'Custom::SlipwayComputeEnvironment');
    const waits = environment?.DependsOn?.join() ?? '';
    for (const part of ['Tables', 'Functions', 'Machines', 'Triggers', 'Network', 'Queues']) {
      expect(waits).toContain(`Service${part}`);
    }
  });
});

describe('the context', () => {
  it('chooses what the props would', () => {
    const stack = new Stack(
      anApp({
        vpcId: 'vpc-1',
        subnetIds: 'subnet-1, subnet-2',
        retentionDays: '90',
        computeEnvironments: 'fargate-spot,ec2',
        alarmsTopicArn: 'arn:aws:sns:eu-west-1:123456789012:on-call',
        accessKeys: 'true',
        eventLog: 'false',
        eventRetentionDays: '7',
        architecture: 'x86_64',
        permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary',
      }),
      'Chosen',
    );
    const props = propsFromContext(stack);
    expect(props).toMatchObject({
      network: { subnetIds: ['subnet-1', 'subnet-2'] },
      retentionDays: 90,
      computeEnvironments: ['fargate-spot', 'ec2'],
      accessKeys: true,
      eventLog: false,
      eventRetentionDays: 7,
    });
    expect(props.architecture?.name).toBe('x86_64');
    expect(props.alarmsTopic?.topicName).toBe('on-call');
  });

  it('reaches every role with a permissions boundary', () => {
    const template = templateOf(
      aSlipwayStack({}, { permissionsBoundary: 'arn:aws:iam::123456789012:policy/boundary' }),
    );
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(10);
    for (const [id, { Properties }] of roles) {
      expect(Properties?.['PermissionsBoundary'], id).toBe('arn:aws:iam::123456789012:policy/boundary');
    }
  });

  it('sends every alarm to the topic', () => {
    const topic = 'arn:aws:sns:eu-west-1:123456789012:on-call';
    const alarms = resourcesOf(
      templateOf(aSlipwayStack({}, { alarmsTopicArn: topic })),
      'AWS::CloudWatch::Alarm',
    );
    for (const [id, { Properties }] of alarms) expect(Properties?.['AlarmActions'], id).toEqual([topic]);
  });

  it('is refused as a whole, with every mistake named', () => {
    const stack = new Stack(
      anApp({ retentionDays: '0', accessKeys: 'yes', computeEnvironments: 'lambda', subnetIds: 'subnet-1' }),
      'Wrong',
    );
    expect(() => propsFromContext(stack)).toThrow(
      /subnetIds(.|\n)*retentionDays(.|\n)*accessKeys(.|\n)*computeEnvironments/,
    );
  });
});

describe('the event log', () => {
  const GROUP = /^arn:aws-us-gov:logs:us-gov-west-1:123456789012:log-group:\/aws\/events\/slipway$/;

  it('takes every event of the service but those of the audit trail, and EventBridge may write it', () => {
    const template = templateOf(aSlipwayStack({ eventRetentionDays: 7 }));
    const [, rule] = resourcesOf(template, 'AWS::Events::Rule').find(([id]) => id.includes('EventLog')) ?? [];
    expect(rule?.Properties).toMatchObject({
      EventPattern: {
        source: ['slipway.batch'],
        'detail-type': [{ 'anything-but': ['AWS API Call via Slipway'] }],
      },
    });
    const targets = rule?.Properties?.['Targets'] as readonly { readonly Arn: unknown }[] | undefined; // the shape of a rule
    // Without `:*`, which EventBridge does not take.
    expect(rendered(targets?.[0]?.Arn)).toMatch(GROUP);
    const [[, policy] = []] = resourcesOf(template, 'AWS::Logs::ResourcePolicy');
    const document: unknown = JSON.parse(String(rendered(policy?.Properties?.['PolicyDocument'])));
    expect(document).toMatchObject({
      Statement: [
        {
          Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: expect.stringMatching(/:log-group:\/aws\/events\/slipway:\*$/),
        },
      ],
    });
    expect(groupsOf(template)).toContainEqual(['/aws/events/slipway', 7]);
  });

  it('can be switched off, and then nothing is told of one', () => {
    const template = templateOf(aSlipwayStack({ eventLog: false }));
    expect(groupsOf(template).map(([name]) => name)).not.toContain('/aws/events/slipway');
    expect(resourcesOf(template, 'AWS::Logs::ResourcePolicy')).toEqual([]);
    expect(JSON.stringify(template)).not.toContain('SLIPWAY_EVENT_LOG_GROUP');
  });

  it('is kept for at least a day', () => {
    expect(() => aSlipwayStack({ eventRetentionDays: 0 })).toThrow('eventRetentionDays must be a whole');
  });

  function groupsOf(template: Template): readonly (readonly [unknown, unknown])[] {
    return resourcesOf(template, 'AWS::Logs::LogGroup').map(([, { Properties }]) => [
      Properties?.['LogGroupName'],
      Properties?.['RetentionInDays'],
    ]);
  }
});

describe('the rules of least privilege', () => {
  const aRole = (): Role =>
    new Role(new Stack(anApp(), 'Roles'), 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });

  it('refuse an action with a star, and a resource with one and no reason', () => {
    expect(() => permit(aRole(), [{ actions: ['s3:*'], resources: ['arn:aws:s3:::mine'] }])).toThrow('s3:*');
    expect(() => permit(aRole(), [{ actions: ['s3:GetObject'], resources: ['*'] }])).toThrow(
      'needs a reason',
    );
  });
});

describe('retention', () => {
  it.each([
    [1, 1],
    [30, 30],
    [31, 60],
    [400, 400],
    [3654, 9999],
  ])('of %i days keeps everything at least so long', (days, kept) => {
    expect(retentionOf(days)).toBe(kept);
  });
});

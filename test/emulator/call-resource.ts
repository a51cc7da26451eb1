// What IAM is asked about a call: the ARN of what it acts on and the condition keys that its service adds, as the service
// authorization reference has them. Of the services whose policies the emulator does not evaluate itself.
import { ACCOUNT, REGION } from './a-fakecloud.ts';

export interface AskedOf {
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
}

type Fields = Readonly<Record<string, unknown>>;
type Rule = (body: Fields, operation: string) => string | AskedOf | undefined;

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

const RULES: Readonly<Record<string, Rule>> = {
  // A task token does not say which machine waits for it; jobs' tokens are the job machine's.
  states: (body, operation) =>
    operation.startsWith('SendTask')
      ? arn('states', 'stateMachine:slipway-job')
      : (text(body, 'stateMachineArn') ?? text(body, 'executionArn')),
  events: (body) => {
    const entry = list(body, 'Entries')[0];
    return entry === undefined
      ? undefined
      : arn('events', `event-bus/${text(entry, 'EventBusName') ?? 'default'}`);
  },
  logs: (body) => {
    const group = text(body, 'logGroupName');
    return group && arn('logs', `log-group:${group}:log-stream:${text(body, 'logStreamName') ?? ''}`);
  },
  secretsmanager: (body) => {
    const secret = text(body, 'SecretId');
    return secret?.startsWith('arn:') ? secret : secret && arn('secretsmanager', `secret:${secret}-AbCdEf`);
  },
  ssm: (body) => {
    const name = text(body, 'Name');
    return name && arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);
  },
  ecs: ofEcs,
  autoscaling: (body, operation) => {
    const group = text(body, 'AutoScalingGroupName');
    // Reads know no resource, though they may name one.
    if (group === undefined || operation.startsWith('Describe')) return undefined;
    return arn('autoscaling', `autoScalingGroup:*:autoScalingGroupName/${group}`);
  },
  ec2: (body, operation) => {
    if (operation.startsWith('Describe')) return undefined;
    const template = arn('ec2', `launch-template/${text(body, 'LaunchTemplateId') ?? 'lt-new'}`);
    return { resource: template, context: tagsOf(body) };
  },
};

/** `*` where the action knows no resource, or none can be told from the call. */
export function askedOf(service: string, operation: string, body: Buffer): AskedOf {
  const asked = RULES[service]?.(fieldsOf(body), operation);
  return typeof asked === 'object' ? asked : { resource: asked ?? '*', context: {} };
}

function ofEcs(body: Fields, operation: string): AskedOf | string | undefined {
  const cluster = clusterOf(body);
  const context: Record<string, string> = cluster === undefined ? {} : { 'ecs:cluster': cluster };
  const task = text(body, 'task') ?? list(body, 'tasks')[0];
  switch (operation) {
    case 'RunTask': {
      const definition = text(body, 'taskDefinition') ?? '';
      const resource = definition.startsWith('arn:')
        ? definition
        : arn('ecs', `task-definition/${definition}`);
      return { resource, context };
    }
    case 'StopTask':
    case 'DescribeTasks':
      return typeof task === 'string' ? { resource: taskArn(cluster, task), context } : undefined;
    case 'CreateCluster':
      return arn('ecs', `cluster/${text(body, 'clusterName') ?? 'default'}`);
    case 'DescribeClusters':
    case 'DeleteCluster':
    case 'PutClusterCapacityProviders':
      return cluster;
    case 'ListContainerInstances':
      return cluster;
    case 'DescribeContainerInstances':
    case 'UpdateContainerInstancesState':
      return arn('ecs', `container-instance/${cluster?.split('/')[1]}/any`);
    case 'ListTasks': // of a cluster's instances, whichever
      return { resource: '*', context };
    case 'TagResource':
      return text(body, 'resourceArn');
    default:
      return undefined;
  }
}

function clusterOf(body: Fields): string | undefined {
  const named = text(body, 'cluster') ?? list(body, 'clusters')[0];
  if (typeof named !== 'string') return undefined;
  return named.startsWith('arn:') ? named : arn('ecs', `cluster/${named}`);
}

function taskArn(cluster: string | undefined, task: string): string {
  return task.startsWith('arn:') ? task : arn('ecs', `task/${cluster?.split('/')[1]}/${task}`);
}

/** The tags that a template is made with; one of ours that is there already has them. */
function tagsOf(body: Fields): Record<string, string> {
  const keys = Object.entries(body).filter(([name]) => /^TagSpecification\.\d+\.Tag\.\d+\.Key$/.test(name));
  return Object.fromEntries(
    keys.flatMap(([name, key]) => {
      const value = text(body, name.replace(/Key$/, 'Value')) ?? '';
      return ['aws:RequestTag', 'aws:ResourceTag'].map((kind) => [`${kind}/${String(key)}`, value]);
    }),
  );
}

/** Of an AWS JSON request its members, of a Query request its parameters. */
function fieldsOf(body: Buffer): Fields {
  const text = body.toString('utf8');
  if (text.startsWith('{')) return JSON.parse(text) as Fields; // an AWS JSON request is an object
  return /^[\w.]+=/.test(text) ? Object.fromEntries(new URLSearchParams(text)) : {};
}

function text(fields: unknown, name: string): string | undefined {
  const value = typeof fields === 'object' && fields !== null ? (fields as Fields)[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  return Array.isArray(value) ? value : [];
}

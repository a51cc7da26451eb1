// The service: everything that it takes to accept, place, run and follow jobs in one Region of one account, made of constructs that each
// have one subject. What holds data outlives it.
import { join } from 'node:path';
import { ArnFormat, CfnOutput, Fn, Names, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import { PermissionsBoundary, type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code } from 'aws-cdk-lib/aws-lambda';
import { Construct, DependencyGroup } from 'constructs';
import type { IDependable } from 'constructs';
import { FUNCTIONS } from '../lambdas/registry.ts';
import { Alarms } from './alarms.ts';
import { Dashboard } from './dashboard.ts';
import { DefaultResources } from './default-resources.ts';
import { Functions } from './functions.ts';
import { grantApiCall } from './grant-api-call.ts';
import { HttpApi } from './http-api.ts';
import { JobRoles } from './job-roles.ts';
import { EventLog } from './event-log.ts';
import { EVENT_LOG_GROUPS, LogGroups } from './log-groups.ts';
import { Machines } from './machines.ts';
import { Network } from './network.ts';
import { Queues } from './queues.ts';
import { ImportedSlipway, type SlipwayAttributes } from './imported-slipway.ts';
import type { ApiCall, ISlipway } from './slipway-reference.ts';
import { checkProps, type SlipwayProps } from './slipway-props.ts';
import { Tables } from './tables.ts';
import { Triggers } from './triggers.ts';

const BUNDLE = join(import.meta.dirname, '..', 'dist', 'lambdas');
/** Leaves room for the longest suffix in the names of state machines (80). */
const PREFIX_LENGTH_MAX = 50;

/**
 * ```ts
 * const slipway = new Slipway(this, 'Slipway', { computeEnvironments: ['fargate-spot', 'fargate'], alarmsTopic });
 * slipway.defaults.queues[0]?.grantSubmit(orchestrator);
 * ```
 */
export class Slipway extends Construct implements ISlipway {
  /** A service that another app deployed; what is asked for are outputs of its stack. */
  static fromAttributes(scope: Construct, id: string, attributes: SlipwayAttributes): ISlipway {
    return new ImportedSlipway(scope, id, attributes);
  }

  readonly resourceFunctionArn: string;
  readonly apiId: string;
  readonly eventBus: IEventBus;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly assignPublicIp: boolean;
  readonly executionRoleArn: string;
  readonly instanceProfileArn: string;
  readonly ready: IDependable;

  readonly network: Network;
  readonly tables: Tables;
  readonly functions: Functions;
  readonly machines: Machines;
  readonly queues: Queues;
  readonly jobRoles: JobRoles;
  readonly alarms: Alarms;
  readonly defaults: DefaultResources;
  /** For IAM identities. */
  readonly endpoint: string;
  /** For Slipway's own access keys, where they are switched on. */
  readonly accessKeysEndpoint?: string;

  constructor(scope: Construct, id: string, props: SlipwayProps = {}) {
    super(scope, id);
    checkProps(props);
    if (props.permissionsBoundary) PermissionsBoundary.of(this).apply(props.permissionsBoundary);
    const { removalPolicy = RemovalPolicy.RETAIN, retentionDays = 30, eventRetentionDays = 30 } = props;
    const prefix =
      props.name ??
      Names.uniqueResourceName(this, { maxLength: PREFIX_LENGTH_MAX, separator: '-' }).toLowerCase();

    this.network = new Network(
      this,
      'Network',
      props.network === undefined ? {} : { network: props.network },
    );
    this.tables = new Tables(this, 'Tables', { prefix, removalPolicy });
    const eventLogGroup = `${EVENT_LOG_GROUPS}${prefix}`;
    const logGroups = new LogGroups(this, 'Logs', {
      ...props,
      retentionDays,
      removalPolicy,
      ...(props.eventLog === false
        ? {}
        : { events: { logGroupName: eventLogGroup, retentionDays: eventRetentionDays } }),
    });
    this.queues = new Queues(this, 'Queues');
    this.jobRoles = new JobRoles(this, 'JobRoles', { jobLogGroup: logGroups.jobs });
    this.eventBus = props.eventBus ?? EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    if (logGroups.events) {
      const { events: logGroup } = logGroups;
      new EventLog(this, 'EventLog', { eventBus: this.eventBus, logGroup, logGroupName: eventLogGroup });
    }
    this.functions = new Functions(this, 'Functions', {
      parts: {
        prefix,
        jobsTable: this.tables.jobs,
        queuesTable: this.tables.queues,
        scheduleQueue: this.queues.schedule,
        resourceQueue: this.queues.resource,
        eventBus: this.eventBus,
        jobLogGroup: logGroups.jobs,
        auditLogGroup: logGroups.audit,
        eventLogGroup: logGroups.events,
        retentionDays,
        accessKeys: props.accessKeys ?? false,
      },
      code: props.code ?? Code.fromAsset(BUNDLE),
      architecture: props.architecture ?? Architecture.ARM_64,
      passableRoles: this.passableRoles(props),
    });
    this.machines = new Machines(this, 'Machines', { prefix, functions: this.functions.substitutions });
    const triggers = new Triggers(this, 'Triggers', {
      functions: this.functions,
      jobsTable: this.tables.jobs,
      queues: this.queues,
    });
    const apis = this.createApis(prefix, props);
    this.alarms = this.createOperations(prefix, apis, props);

    this.resourceFunctionArn = this.functions.byName.resource.functionArn;
    this.apiId = apis[0].api.apiId;
    this.endpoint = apis[0].endpoint;
    if (apis[1]) this.accessKeysEndpoint = apis[1].endpoint;
    this.subnetIds = this.network.subnetIds;
    this.securityGroupIds = [this.network.securityGroup.securityGroupId];
    this.assignPublicIp = this.network.isPublic;
    this.executionRoleArn = this.jobRoles.execution.roleArn;
    this.instanceProfileArn = this.jobRoles.instanceProfile.instanceProfileArn;
    this.ready = new DependencyGroup(
      this.network,
      this.tables,
      logGroups,
      this.queues,
      this.jobRoles,
      this.functions,
      this.machines,
      triggers,
    );
    this.defaults = new DefaultResources(this, 'Defaults', {
      slipway: this,
      kinds: props.computeEnvironments ?? ['fargate'],
      maxvCpus: props.maxvCpus ?? 256,
    });
    this.addOutputs();
  }

  grantCall(grantee: IGrantable, call: ApiCall): Grant {
    return grantApiCall(this, this.apiId, grantee, call);
  }

  private passableRoles({ jobRoles, instanceRoles }: SlipwayProps): {
    tasks: readonly string[];
    instances: readonly string[];
  } {
    const anyRole = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: '*',
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return {
      tasks: jobRoles ? [...jobRoles, this.jobRoles.execution.roleArn, this.jobRoles.job.roleArn] : [anyRole],
      instances: instanceRoles ? [...instanceRoles, this.jobRoles.instance.roleArn] : [anyRole],
    };
  }

  private createApis(prefix: string, props: SlipwayProps): readonly [HttpApi, ...HttpApi[]] {
    const routes = FUNCTIONS.flatMap(({ trigger }) => (trigger.kind === 'http-api' ? trigger.routes : []));
    const shared = {
      handler: this.functions.byName.api,
      routes,
      throttle: props.throttle ?? { rateLimit: 1000, burstLimit: 2000 },
    };
    const ofIam = new HttpApi(this, 'Api', { ...shared, name: prefix, identity: 'iam' });
    if (!props.accessKeys) return [ofIam];
    const ofKeys = new HttpApi(this, 'AccessKeysApi', {
      ...shared,
      name: `${prefix}-keys`,
      identity: 'own-keys',
    });
    return [ofIam, ofKeys];
  }

  private createOperations(name: string, apis: readonly HttpApi[], { alarmsTopic }: SlipwayProps): Alarms {
    const { functions, queues, tables } = this;
    const alarms = new Alarms(this, 'Alarms', {
      functions,
      queues,
      apis,
      tables: [tables.jobs, tables.queues],
      ...(alarmsTopic === undefined ? {} : { topic: alarmsTopic }),
    });
    new Dashboard(this, 'Dashboard', { name, alarms: alarms.alarms, functions, queues, apis });
    return alarms;
  }

  private addOutputs(): void {
    const outputs: Record<string, { value: string; description: string }> = {
      Endpoint: { value: this.endpoint, description: 'The AWS Batch API, for IAM identities' },
      Next: {
        value: `eval "$(slipway env --endpoint ${this.endpoint})" && aws batch submit-job --job-name hello --job-queue default --job-definition shell`,
        description: 'What to type next',
      },
      ApiId: { value: this.apiId, description: 'apiId, for Slipway.fromAttributes in another app' },
      ResourceFunction: {
        value: this.resourceFunctionArn,
        description: 'resourceFunctionArn, for Slipway.fromAttributes in another app',
      },
      Subnets: { value: Fn.join(',', [...this.subnetIds]), description: 'subnets for compute environments' },
      SecurityGroups: {
        value: Fn.join(',', [...this.securityGroupIds]),
        description: 'securityGroupIds for compute environments',
      },
      ExecutionRole: { value: this.executionRoleArn, description: 'executionRoleArn for job definitions' },
      InstanceRole: {
        value: this.instanceProfileArn,
        description: 'instanceRole for compute environments on EC2',
      },
    };
    if (this.accessKeysEndpoint !== undefined) {
      outputs['AccessKeysEndpoint'] = {
        value: this.accessKeysEndpoint,
        description: "The AWS Batch API, for Slipway's own access keys",
      };
    }
    for (const [id, output] of Object.entries(outputs)) new CfnOutput(this, id, output);
  }
}

// One function of the service: its own role with no more than it is given, its own log group, its own place in the traces.
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Function as LambdaFunction,
  RecursiveLoop,
  Runtime,
  Tracing,
  type Architecture,
  type Code,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { FunctionEntry } from '../lambdas/registry.ts';
import { acknowledge } from './acknowledge.ts';
import { permit, type Permission } from './permissions.ts';

export interface ServiceFunctionProps {
  readonly entry: FunctionEntry;
  /** The bundle of all functions. */
  readonly code: Code;
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  /** On what belongs to the service. */
  readonly permissions: readonly Permission[];
  /** On what does not. */
  readonly outside: readonly Permission[];
}

export class ServiceFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    const { entry } = props;
    const logGroup = new LogGroup(this, 'Logs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Slipway function ${entry.name}`,
    });
    permit(this.role, [
      {
        actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [logGroup.logGroupArn],
        because: 'The streams of its own log group.',
      },
      ...props.permissions,
    ]);
    if (props.outside.length > 0) {
      // In a policy of its own: together the two could be longer than what IAM takes of one.
      permit(this.role, props.outside, new Policy(this.role, 'Outside', { roles: [this.role] }));
    }
    acknowledge(this.role, {
      'AwsSolutions-IAM5[Resource::*]':
        'The actions of X-Ray know no resource, and neither do those that permissions of this role name with that reason.',
    });
    this.function = new LambdaFunction(this, 'Lambda', {
      description: entry.description,
      code: props.code,
      handler: `${entry.name}.handler`,
      runtime: Runtime.NODEJS_24_X,
      architecture: props.architecture,
      memorySize: entry.memoryMiB,
      timeout: Duration.seconds(entry.timeoutSeconds),
      environment: { ...props.environment },
      role: this.role,
      logGroup,
      tracing: Tracing.ACTIVE,
      // Functions send themselves the rest of their work through a queue; Lambda would take the sixteenth time for a mistake.
      recursiveLoop: RecursiveLoop.ALLOW,
    });
  }
}

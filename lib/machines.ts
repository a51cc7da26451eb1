// The state machines, from the very files that the one-machine home runs. They have fixed names: functions know them by name and
// they know functions by ARN, so that neither has to be made before the other.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { permit } from './permissions.ts';

const FOLDER = join(import.meta.dirname, '..', 'statemachines');

export const MACHINE_NAMES = ['job', 'multi-node-job', 'compute-environment'] as const;
export type MachineName = (typeof MACHINE_NAMES)[number];

/** The machine's ARN, known before the machine is. */
export function machineArn(stack: Stack, prefix: string, name: MachineName): string {
  return stack.formatArn({
    service: 'states',
    resource: 'stateMachine',
    resourceName: `${prefix}-${name}`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}

/** The definition as it stands in statemachines/, without what is only there to be read. */
export function machineDefinition(name: MachineName): string {
  return JSON.stringify(JSON.parse(readFileSync(join(FOLDER, `${name}.asl.json`), 'utf8')));
}

export interface MachinesProps {
  /** First part of the machines' names. */
  readonly prefix: string;
  /** The functions that the definitions name, by the placeholder: `LaunchFunctionArn` and so on. */
  readonly functions: Readonly<Record<string, IFunction>>;
}

export class Machines extends Construct {
  readonly machines: Readonly<Record<MachineName, StateMachine>>;

  constructor(scope: Construct, id: string, props: MachinesProps) {
    super(scope, id);
    // Executions are told by their history; the log holds what went wrong beyond it.
    const logs = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/vendedlogs/states/${props.prefix}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const make = (name: MachineName, constructId: string): StateMachine =>
      createMachine(this, constructId, name, props, logs);
    this.machines = {
      job: make('job', 'Job'),
      'multi-node-job': make('multi-node-job', 'MultiNodeJob'),
      'compute-environment': make('compute-environment', 'ComputeEnvironment'),
    };
  }
}

function createMachine(
  scope: Construct,
  id: string,
  name: MachineName,
  { prefix, functions }: MachinesProps,
  destination: LogGroup,
): StateMachine {
  const definition = machineDefinition(name);
  const called = functionsOf(name, definition, functions);
  const role = new Role(scope, `${id}Role`, {
    assumedBy: new ServicePrincipal('states.amazonaws.com'),
    description: `Executions of ${prefix}-${name}: they call functions and do nothing else`,
  });
  permit(role, [
    { actions: ['lambda:InvokeFunction'], resources: called.map(([, { functionArn }]) => functionArn) },
  ]);
  const machine = new StateMachine(scope, id, {
    stateMachineName: `${prefix}-${name}`,
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromString(inPartition(Stack.of(scope).partition, definition)),
    definitionSubstitutions: Object.fromEntries(called.map(([key, { functionArn }]) => [key, functionArn])),
    role,
    tracingEnabled: true,
    logs: { destination, level: LogLevel.ERROR, includeExecutionData: false },
  });
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'The actions of log delivery (logs:*LogDelivery…) and of X-Ray, which Step Functions asks for, know no resource.',
  });
  acknowledge(machine, {
    'AwsSolutions-SF1':
      'Every event of every execution would be logged at several times the price of the execution; the history of an execution says it all, and errors are logged.',
  });
  return machine;
}

/** The files name the services of AWS's commercial partition; another one is known only to a stack that knows its Region. */
function inPartition(partition: string, definition: string): string {
  if (Token.isUnresolved(partition)) return definition;
  return definition.replaceAll('"arn:aws:states:', `"arn:${partition}:states:`);
}

/** The functions whose placeholders stand in the definition. */
function functionsOf(
  name: MachineName,
  definition: string,
  functions: MachinesProps['functions'],
): readonly (readonly [string, IFunction])[] {
  const keys = new Set([...definition.matchAll(/\$\{(\w+)\}/g)].map(([, key = '']) => key));
  return [...keys].toSorted().map((key) => {
    const found = functions[key];
    if (found === undefined)
      throw new Error(`statemachines/${name}.asl.json names \${${key}}, which no function answers to`);
    return [key, found] as const;
  });
}

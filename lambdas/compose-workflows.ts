// Executions of the state machines.
import { SFNClient } from '@aws-sdk/client-sfn';
import type { StepFunctionsWorkflows } from '../adapters/stepfunctions/workflows.ts';
import { createStepFunctionsWorkflows } from '../adapters/stepfunctions/workflows.ts';
import type { Table } from '../engine/table-ports.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import { clock } from './compose-store.ts';
import type { ConfigOf } from './config.ts';
import type { Telemetry } from './telemetry.ts';

export function composeWorkflows(
  config: ConfigOf<'jobMachine' | 'multiNodeJobMachine' | 'computeEnvironmentMachine'>,
  table: Table,
  telemetry: Telemetry,
): StepFunctionsWorkflows {
  const client = new SFNClient(CLIENT_OPTIONS);
  watchCalls(client, 'states', telemetry);
  const machineArns = {
    job: config.jobMachine,
    'multi-node-job': config.multiNodeJobMachine,
    'compute-environment': config.computeEnvironmentMachine,
  };
  return createStepFunctionsWorkflows({ client, machineArns, table, clock });
}

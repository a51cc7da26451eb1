// The machines behind environments of EC2 and SPOT: groups, templates and the container instances of their clusters.
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { MachineClients } from '../adapters/autoscaling/calls.ts';
import { createMachines } from '../adapters/autoscaling/machines.ts';
import type { FollowDeps } from '../engine/follow-fleets.ts';
import type { Table } from '../engine/table-ports.ts';
import { CLIENT_OPTIONS, watchCalls } from './aws-clients.ts';
import { clock } from './compose-store.ts';
import type { Telemetry } from './telemetry.ts';
import type { DomainWaker } from './wake-domains.ts';

export function composeMachineClients(telemetry: Telemetry): MachineClients {
  const autoScaling = new AutoScalingClient(CLIENT_OPTIONS);
  const ec2 = new EC2Client(CLIENT_OPTIONS);
  const ecs = new ECSClient(CLIENT_OPTIONS);
  const ssm = new SSMClient(CLIENT_OPTIONS);
  watchCalls(autoScaling, 'autoscaling', telemetry);
  watchCalls(ec2, 'ec2', telemetry);
  watchCalls(ecs, 'ecs', telemetry);
  watchCalls(ssm, 'ssm', telemetry);
  return { autoScaling, ec2, ecs, ssm };
}

export function composeFollowing(
  table: Table,
  waker: Pick<DomainWaker, 'wake'>,
  telemetry: Telemetry,
): FollowDeps {
  return {
    table,
    clock,
    machines: createMachines({ clients: composeMachineClients(telemetry) }),
    wakeScheduler: (queueArns) => waker.wake({ queueArns, ended: [], arrived: [] }),
  };
}

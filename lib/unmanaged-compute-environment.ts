// Jobs on machines that somebody else keeps: EC2 instances, or machines on premises that joined the environment's cluster through ECS Anywhere.
import type { Construct } from 'constructs';
import { ComputeEnvironment, type ComputeEnvironmentProps } from './compute-environment.ts';

export interface UnmanagedComputeEnvironmentProps extends ComputeEnvironmentProps {
  /** How many vCPUs a fair-share policy's reservation counts with; it limits nothing. */
  readonly unmanagedvCpus?: number;
  /**
   * AWS Batch requires one to be named; Slipway keeps it and does not use it.
   * @default 'AWSServiceRoleForBatch'
   */
  readonly serviceRole?: string;
}

/** Its cluster's name is in DescribeComputeEnvironments, as `ecsClusterArn`; machines that register there get jobs. */
export class UnmanagedComputeEnvironment extends ComputeEnvironment {
  constructor(scope: Construct, id: string, props: UnmanagedComputeEnvironmentProps) {
    super(scope, id, props, {
      type: 'UNMANAGED',
      serviceRole: props.serviceRole ?? 'AWSServiceRoleForBatch',
      ...(props.unmanagedvCpus === undefined ? {} : { unmanagedvCpus: props.unmanagedvCpus }),
    });
  }
}

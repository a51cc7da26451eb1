// Jobs on Fargate: nothing to keep, nothing to pay while nothing runs.
import type { Construct } from 'constructs';
import { ComputeEnvironment, type ManagedEnvironmentProps } from './compute-environment.ts';

export interface FargateComputeEnvironmentProps extends ManagedEnvironmentProps {
  /**
   * Spot: cheaper, and a job may be interrupted with two minutes' notice; such an end is no failure of the job's own.
   * @default false
   */
  readonly spot?: boolean;
}

/**
 * ```ts
 * new FargateComputeEnvironment(this, 'Fargate', { slipway, maxvCpus: 256 });
 * ```
 */
export class FargateComputeEnvironment extends ComputeEnvironment {
  constructor(scope: Construct, id: string, props: FargateComputeEnvironmentProps) {
    super(scope, id, props, {
      type: 'MANAGED',
      computeResources: {
        type: props.spot ? 'FARGATE_SPOT' : 'FARGATE',
        maxvCpus: props.maxvCpus,
        subnets: props.subnetIds ?? props.slipway.subnetIds,
        securityGroupIds: props.securityGroupIds ?? props.slipway.securityGroupIds,
      },
    });
  }
}

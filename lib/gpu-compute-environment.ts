// Jobs on EC2 instances with GPUs: the image that has NVIDIA's driver and container runtime, and instance families that have GPUs.
import type { Construct } from 'constructs';
import { Ec2ComputeEnvironment, type Ec2ComputeEnvironmentProps } from './ec2-compute-environment.ts';

export interface GpuComputeEnvironmentProps extends Ec2ComputeEnvironmentProps {
  /**
   * Instance types or families with GPUs.
   * @default ['g5', 'g6']
   */
  readonly instanceTypes?: readonly string[];
}

/**
 * ```ts
 * new GpuComputeEnvironment(this, 'Training', { slipway, maxvCpus: 192, instanceTypes: ['p5.48xlarge'] });
 * ```
 */
export class GpuComputeEnvironment extends Ec2ComputeEnvironment {
  constructor(scope: Construct, id: string, props: GpuComputeEnvironmentProps) {
    super(scope, id, {
      ...props,
      instanceTypes: props.instanceTypes ?? ['g5', 'g6'],
      ec2Configuration: props.ec2Configuration ?? [{ imageType: 'ECS_AL2023_NVIDIA' }],
    });
  }
}

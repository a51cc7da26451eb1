// Jobs on EC2 instances that come and go with demand.
import type { Construct } from 'constructs';
import type {
  ComputeResourcesInput,
  LaunchTemplateInput,
} from '../core/placement/compute-environment-input.ts';
import type { AllocationStrategy, Ec2Configuration } from '../core/placement/compute-environment.ts';
import { ComputeEnvironment, type ManagedEnvironmentProps } from './compute-environment.ts';

export interface Ec2ComputeEnvironmentProps extends ManagedEnvironmentProps {
  /**
   * Instance types (`m7g.large`), families (`m7g`), or `optimal`; of one processor architecture.
   * @default ['optimal']
   */
  readonly instanceTypes?: readonly string[];
  /** @default false */
  readonly spot?: boolean;
  /** @default BEST_FIT_PROGRESSIVE, on Spot SPOT_PRICE_CAPACITY_OPTIMIZED */
  readonly allocationStrategy?: AllocationStrategy;
  /**
   * vCPUs that are kept though nothing runs.
   * @default 0
   */
  readonly minvCpus?: number;
  /**
   * Ceiling of the Spot price in percent of the On-Demand price.
   * @default 100
   */
  readonly bidPercentage?: number;
  /**
   * The instance profile, or the role in it, by name or ARN.
   * @default - the service's own: it may join clusters, pull images and write logs
   */
  readonly instanceRole?: string;
  /** An EC2 placement group, for jobs of several nodes that talk much. */
  readonly placementGroup?: string;
  /** What instances are started with beyond what Slipway says: disks, user data, network interfaces. */
  readonly launchTemplate?: LaunchTemplateInput;
  /** @default - AWS's image for ECS of the architecture */
  readonly ec2Configuration?: readonly Ec2Configuration[];
  /**
   * Minutes that an idle instance is kept for the next job: 20 to 10,080.
   * @default - it is ended at once
   */
  readonly scaleDownDelayMinutes?: number;
  /** Tags of the instances. */
  readonly instanceTags?: Readonly<Record<string, string>>;
}

/**
 * ```ts
 * new Ec2ComputeEnvironment(this, 'Graviton', { slipway, maxvCpus: 512, instanceTypes: ['c8g', 'm8g'], spot: true });
 * ```
 */
export class Ec2ComputeEnvironment extends ComputeEnvironment {
  constructor(scope: Construct, id: string, props: Ec2ComputeEnvironmentProps) {
    super(scope, id, props, { type: 'MANAGED', computeResources: ec2Resources(props) });
  }
}

function ec2Resources(props: Ec2ComputeEnvironmentProps): ComputeResourcesInput {
  const { slipway, spot = false, scaleDownDelayMinutes } = props;
  const given = {
    bidPercentage: props.bidPercentage,
    placementGroup: props.placementGroup,
    launchTemplate: props.launchTemplate,
    ec2Configuration: props.ec2Configuration,
    tags: props.instanceTags,
    scalingPolicy:
      scaleDownDelayMinutes === undefined ? undefined : { minScaleDownDelayMinutes: scaleDownDelayMinutes },
  };
  return {
    type: spot ? 'SPOT' : 'EC2',
    allocationStrategy:
      props.allocationStrategy ?? (spot ? 'SPOT_PRICE_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE'),
    minvCpus: props.minvCpus ?? 0,
    maxvCpus: props.maxvCpus,
    instanceTypes: props.instanceTypes ?? ['optimal'],
    subnets: props.subnetIds ?? slipway.subnetIds,
    securityGroupIds: props.securityGroupIds ?? slipway.securityGroupIds,
    instanceRole: props.instanceRole ?? slipway.instanceProfileArn,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
}

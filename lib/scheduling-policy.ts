// Fair shares: whose jobs go first where several share a queue.
import type { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { createPolicyProblems } from '../core/queue/scheduling-policy.ts';
import type { FairsharePolicy, ShareWeight } from '../core/queue/scheduling-policy.ts';
import { createServiceResource, resourceArnOf, resourceNameOf } from './service-resource.ts';
import type { ISlipway } from './slipway-reference.ts';

export interface SchedulingPolicyProps {
  readonly slipway: ISlipway;
  /** @default - made from the construct's place in the app */
  readonly schedulingPolicyName?: string;
  /**
   * Shares and how they count: a lower weight gets more. A name that ends in `*` stands for all shares that begin so.
   * @default - every share counts alike
   */
  readonly shares?: readonly ShareWeight[];
  /**
   * Percent of capacity kept for shares that have nothing running yet: 0 to 99.
   * @default 0
   */
  readonly computeReservation?: number;
  /**
   * How long past use counts against a share, in seconds: at most 604,800.
   * @default 600
   */
  readonly shareDecaySeconds?: number;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

export class SchedulingPolicy extends Construct {
  readonly schedulingPolicyName: string;
  readonly schedulingPolicyArn: string;
  protected readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: SchedulingPolicyProps) {
    super(scope, id);
    this.schedulingPolicyName = resourceNameOf(this, props.schedulingPolicyName);
    this.schedulingPolicyArn = resourceArnOf(this, 'scheduling-policy', this.schedulingPolicyName);
    this.resource = createServiceResource(this, {
      slipway: props.slipway,
      type: 'Custom::SlipwaySchedulingPolicy',
      input: {
        name: this.schedulingPolicyName,
        fairsharePolicy: fairshareOf(props),
        ...(props.tags === undefined ? {} : { tags: props.tags }),
      },
      problemsOf: createPolicyProblems,
    });
  }
}

function fairshareOf(props: SchedulingPolicyProps): FairsharePolicy {
  return {
    ...(props.shareDecaySeconds === undefined ? {} : { shareDecaySeconds: props.shareDecaySeconds }),
    ...(props.computeReservation === undefined ? {} : { computeReservation: props.computeReservation }),
    ...(props.shares === undefined ? {} : { shareDistribution: props.shares }),
  };
}

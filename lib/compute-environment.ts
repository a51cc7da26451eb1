// What every compute environment is to the rest of an app: something with a name and an ARN that a queue can be placed on. One made
// outside of the app comes in by its name.
import type { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { IConstruct } from 'constructs';
import type { CreateEnvironmentInput } from '../core/placement/compute-environment-input.ts';
import { createEnvironmentProblems } from '../core/placement/compute-environment-create.ts';
import { createServiceResource, resourceArnOf, resourceNameOf } from './service-resource.ts';
import type { ISlipway } from './slipway-reference.ts';

export interface IComputeEnvironment extends IConstruct {
  readonly computeEnvironmentName: string;
  readonly computeEnvironmentArn: string;
}

/** What all kinds have in common. */
export interface ComputeEnvironmentProps {
  /** The service that owns it. */
  readonly slipway: ISlipway;
  /**
   * Letters, digits, hyphens and underscores, at most 128.
   * @default - made from the construct's place in the app
   */
  readonly computeEnvironmentName?: string;
  /**
   * Whether new jobs are placed in it.
   * @default true
   */
  readonly enabled?: boolean;
  /** @default - none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What managed kinds have in common. */
export interface ManagedEnvironmentProps extends ComputeEnvironmentProps {
  /** No more vCPUs than this run at a time. A change takes effect without replacing anything. */
  readonly maxvCpus: number;
  /** @default - the service's own subnets */
  readonly subnetIds?: readonly string[];
  /** @default - the service's own group, which lets nothing in from outside */
  readonly securityGroupIds?: readonly string[];
}

/** The base of the kinds. Its subclasses say what the environment is made of. */
export abstract class ComputeEnvironment extends Construct implements IComputeEnvironment {
  /** One that something else made: the API, another app. */
  static fromName(scope: Construct, id: string, computeEnvironmentName: string): IComputeEnvironment {
    return new NamedComputeEnvironment(scope, id, computeEnvironmentName);
  }

  readonly computeEnvironmentName: string;
  readonly computeEnvironmentArn: string;
  protected readonly resource: CustomResource;

  protected constructor(
    scope: Construct,
    id: string,
    { slipway, computeEnvironmentName, enabled = true, tags }: ComputeEnvironmentProps,
    kind: Pick<CreateEnvironmentInput, 'type' | 'computeResources' | 'serviceRole' | 'unmanagedvCpus'>,
  ) {
    super(scope, id);
    this.computeEnvironmentName = resourceNameOf(this, computeEnvironmentName);
    this.computeEnvironmentArn = resourceArnOf(this, 'compute-environment', this.computeEnvironmentName);
    this.resource = createServiceResource(this, {
      slipway,
      type: 'Custom::SlipwayComputeEnvironment',
      input: {
        computeEnvironmentName: this.computeEnvironmentName,
        state: enabled ? 'ENABLED' : 'DISABLED',
        ...kind,
        ...(tags === undefined ? {} : { tags }),
      } satisfies CreateEnvironmentInput,
      problemsOf: createEnvironmentProblems,
    });
  }
}

class NamedComputeEnvironment extends Construct implements IComputeEnvironment {
  readonly computeEnvironmentName: string;
  readonly computeEnvironmentArn: string;

  constructor(scope: Construct, id: string, name: string) {
    super(scope, id);
    this.computeEnvironmentName = name;
    this.computeEnvironmentArn = resourceArnOf(this, 'compute-environment', name);
  }
}

// A service that is there already, told by the outputs of its stack.
import { EventBus, type IEventBus } from 'aws-cdk-lib/aws-events';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct, DependencyGroup } from 'constructs';
import type { IDependable } from 'constructs';
import { grantApiCall } from './grant-api-call.ts';
import type { ApiCall, ISlipway } from './slipway-reference.ts';

export interface SlipwayAttributes {
  /** Output ResourceFunction. */
  readonly resourceFunctionArn: string;
  /** Output ApiId. */
  readonly apiId: string;
  /** Output Subnets. */
  readonly subnetIds: readonly string[];
  /** Output SecurityGroups. */
  readonly securityGroupIds: readonly string[];
  /** Output ExecutionRole. */
  readonly executionRoleArn: string;
  /** Output InstanceRole. */
  readonly instanceProfileArn: string;
  /** @default - the account's default bus */
  readonly eventBus?: IEventBus;
  /**
   * Whether tasks need a public address to reach their images, as in the network that the service makes by default.
   * @default true
   */
  readonly assignPublicIp?: boolean;
}

export class ImportedSlipway extends Construct implements ISlipway {
  readonly resourceFunctionArn: string;
  readonly apiId: string;
  readonly eventBus: IEventBus;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly assignPublicIp: boolean;
  readonly executionRoleArn: string;
  readonly instanceProfileArn: string;
  /** It is deployed: nothing of this app has to come first. */
  readonly ready: IDependable = new DependencyGroup();

  constructor(scope: Construct, id: string, attributes: SlipwayAttributes) {
    super(scope, id);
    this.resourceFunctionArn = attributes.resourceFunctionArn;
    this.apiId = attributes.apiId;
    this.eventBus = attributes.eventBus ?? EventBus.fromEventBusName(this, 'DefaultBus', 'default');
    this.subnetIds = attributes.subnetIds;
    this.securityGroupIds = attributes.securityGroupIds;
    this.assignPublicIp = attributes.assignPublicIp ?? true;
    this.executionRoleArn = attributes.executionRoleArn;
    this.instanceProfileArn = attributes.instanceProfileArn;
  }

  grantCall(grantee: IGrantable, call: ApiCall): Grant {
    return grantApiCall(this, this.apiId, grantee, call);
  }
}

// Where jobs run unless the owner names a network: two zones, and a security group that lets nothing in from outside. No NAT gateway:
// it costs by the hour and by the byte, and neither public addresses nor endpoints need one.
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  SecurityGroup,
  SubnetType,
  Vpc,
  type ISecurityGroup,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { Port } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/**
 * `public`: public subnets, where tasks get a public address and reach registries and AWS through the internet gateway.
 * `private`: subnets without any way out, and interface endpoints to the services that a job needs; about $7 a month for each
 * of the endpoints in each of the zones, and images have to come from ECR.
 */
export type NetworkKind = 'public' | 'private';

/** A network of the owner's own. */
export interface GivenNetwork {
  readonly vpc: IVpc;
  /** Default: all private subnets with a way out, or the public ones where there are none. */
  readonly subnetIds?: readonly string[];
}

export interface NetworkProps {
  /** Default: `public`. */
  readonly network?: NetworkKind | GivenNetwork;
}

const ZONES = 2;
/** What ECS's agent, the image pull, the logs and the secrets of a job talk to. */
const PRIVATE_SERVICES = {
  EcrApi: InterfaceVpcEndpointAwsService.ECR,
  EcrDocker: InterfaceVpcEndpointAwsService.ECR_DOCKER,
  Ecs: InterfaceVpcEndpointAwsService.ECS,
  EcsAgent: InterfaceVpcEndpointAwsService.ECS_AGENT,
  EcsTelemetry: InterfaceVpcEndpointAwsService.ECS_TELEMETRY,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
  Secrets: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Parameters: InterfaceVpcEndpointAwsService.SSM,
} as const;

export class Network extends Construct {
  readonly vpc: IVpc;
  readonly subnetIds: readonly string[];
  readonly securityGroup: ISecurityGroup;
  /** Whether a task needs a public address to reach its image. */
  readonly isPublic: boolean;

  constructor(scope: Construct, id: string, { network = 'public' }: NetworkProps = {}) {
    super(scope, id);
    if (typeof network === 'string') {
      this.isPublic = network === 'public';
      // The same: CDK's class and interface differ in the readings of an optional member only.
      this.vpc = this.createVpc(network) as IVpc;
      this.subnetIds = (this.isPublic ? this.vpc.publicSubnets : this.vpc.isolatedSubnets).map(
        ({ subnetId }) => subnetId,
      );
    } else {
      this.vpc = network.vpc;
      const hasWayOut = network.vpc.privateSubnets.length > 0;
      this.isPublic = network.subnetIds === undefined && !hasWayOut;
      this.subnetIds = network.subnetIds ?? subnetsOf(network.vpc, hasWayOut);
    }
    this.securityGroup = this.createSecurityGroup();
    if (network === 'private') this.addEndpoints();
  }

  private createVpc(kind: NetworkKind): Vpc {
    const isPublic = kind === 'public';
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
      maxAzs: ZONES,
      natGateways: 0,
      subnetConfiguration: [
        {
          name: isPublic ? 'Public' : 'Private',
          subnetType: isPublic ? SubnetType.PUBLIC : SubnetType.PRIVATE_ISOLATED,
          // 4,091 addresses in each zone: a task takes one.
          cidrMask: 20,
          ...(isPublic ? { mapPublicIpOnLaunch: true } : {}),
        },
      ],
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    acknowledge(vpc, {
      'AwsSolutions-VPC7':
        'Flow logs cost by the byte and hold what its owner may not want kept: whoever wants them adds vpc.addFlowLog.',
    });
    return vpc;
  }

  private addEndpoints(): void {
    const endpoints = new SecurityGroup(this, 'EndpointsSecurityGroup', {
      vpc: this.vpc,
      description: 'Endpoints to AWS for the containers of Slipway jobs',
      allowAllOutbound: false,
    });
    endpoints.addIngressRule(this.securityGroup, Port.tcp(443), 'from containers');
    for (const [id, service] of Object.entries(PRIVATE_SERVICES)) {
      this.vpc.addInterfaceEndpoint(id, { service, open: false, securityGroups: [endpoints] });
    }
  }

  private createSecurityGroup(): SecurityGroup {
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Containers of Slipway jobs: everything out, nothing in but from each other',
      allowAllOutbound: true,
    });
    // The nodes of a multi-node job talk to each other.
    group.addIngressRule(group, Port.allTraffic(), 'from the other containers');
    return group;
  }
}

function subnetsOf(vpc: IVpc, hasWayOut: boolean): readonly string[] {
  const ids = (hasWayOut ? vpc.privateSubnets : vpc.publicSubnets).map(({ subnetId }) => subnetId);
  if (ids.length === 0) {
    throw new Error(
      `The VPC ${vpc.vpcId} has neither private nor public subnets known here: name subnetIds.`,
    );
  }
  return ids;
}

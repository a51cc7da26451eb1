// What a machine of an environment is launched with: the owner's launch template where there is one, and over it what the
// environment says itself. Pure. Source: AWS Batch User Guide, "Launch template support", which names what is left out of it.
import type {
  LaunchTemplateInstanceNetworkInterfaceSpecificationRequest,
  LaunchTemplateTagSpecificationRequest,
  RequestLaunchTemplateData,
  ResponseLaunchTemplateData,
} from '@aws-sdk/client-ec2';
import type { Ec2Resources, ManagedEnvironment } from '../../core/placement/compute-environment.ts';
import { isSpot } from '../../core/placement/compute-environment.ts';
import { hasNvidiaGpus } from './images.ts';
import { clusterNameOf } from './names.ts';
import { userDataOf } from './user-data.ts';
import type { Variant } from './variants.ts';

export interface TemplateParts {
  readonly environment: ManagedEnvironment;
  readonly resources: Ec2Resources;
  readonly variant: Variant;
  readonly imageId: string;
  readonly generation: string;
  /** The owner's template's. */
  readonly own?: ResponseLaunchTemplateData;
}

export const OWNER_TAG = 'slipway:compute-environment';

export function templateDataOf(parts: TemplateParts): RequestLaunchTemplateData {
  const { environment, resources, variant, imageId, generation, own } = parts;
  const { ec2KeyPair, instanceRole } = resources;
  const profile = instanceRole.startsWith('arn:') ? { Arn: instanceRole } : { Name: instanceRole };
  return {
    ...kept(own),
    ...network(resources, own),
    ImageId: imageId,
    IamInstanceProfile: profile,
    ...(ec2KeyPair === undefined ? {} : { KeyName: ec2KeyPair }),
    MetadataOptions: metadata(own),
    UserData: userDataOf(
      {
        clusterName: clusterNameOf(environment.ecsClusterArn),
        generation,
        isSpot: isSpot(environment),
        hasGpus: hasNvidiaGpus(variant.kind),
      },
      own?.UserData,
    ),
    TagSpecifications: tagged(environment, resources, own),
  };
}

/** Whether it asks for an Elastic Fabric Adapter, which only some types have. */
export function asksForEfa(own: ResponseLaunchTemplateData | undefined): boolean {
  return (own?.NetworkInterfaces ?? []).some(
    ({ InterfaceType }) => InterfaceType?.startsWith('efa') === true,
  );
}

/** Without what the environment decides itself, and what a group of several types cannot have. */
function kept(own: ResponseLaunchTemplateData = {}): RequestLaunchTemplateData {
  const {
    InstanceType: _type,
    InstanceRequirements: _requirements,
    InstanceMarketOptions: _market,
    DisableApiTermination: _termination,
    Operator: _operator,
    ElasticGpuSpecifications: _graphics,
    ElasticInferenceAccelerators: _inference,
    SecurityGroupIds: _groups,
    NetworkInterfaces: _interfaces,
    MetadataOptions: _metadata,
    TagSpecifications: _tags,
    ...rest
  } = own;
  return rest as RequestLaunchTemplateData; // EC2 takes what it answers with, but for the members above
}

/** With interfaces of their own, security groups belong to these; the group chooses the subnet. */
function network(
  { securityGroupIds }: Ec2Resources,
  own: ResponseLaunchTemplateData = {},
): Pick<RequestLaunchTemplateData, 'NetworkInterfaces' | 'SecurityGroupIds'> {
  const groups = securityGroupIds.length > 0 ? [...securityGroupIds] : own.SecurityGroupIds;
  if (!own.NetworkInterfaces?.length) return groups ? { SecurityGroupIds: groups } : {};
  return {
    NetworkInterfaces: own.NetworkInterfaces.map(
      ({ SubnetId: _subnet, ...face }): LaunchTemplateInstanceNetworkInterfaceSpecificationRequest => ({
        ...face,
        ...(face.Groups?.length || !groups ? {} : { Groups: groups }),
      }),
    ),
  };
}

/** Sessions only (IMDSv2), unless the owner says otherwise. Two hops: a container in a bridge network is one further away. */
function metadata({
  MetadataOptions,
}: ResponseLaunchTemplateData = {}): RequestLaunchTemplateData['MetadataOptions'] {
  const { State: _state, ...own } = MetadataOptions ?? {};
  return { HttpTokens: 'required', HttpPutResponseHopLimit: 2, HttpEndpoint: 'enabled', ...own };
}

function tagged(
  { ceArn }: ManagedEnvironment,
  { tags }: Ec2Resources,
  own: ResponseLaunchTemplateData = {},
): LaunchTemplateTagSpecificationRequest[] {
  const theirs = own.TagSpecifications ?? [];
  const ours: Readonly<Record<string, string>> = { ...tags, [OWNER_TAG]: ceArn };
  const specifications = (['instance', 'volume'] as const).map((resourceType) => {
    const found = theirs.find(({ ResourceType }) => ResourceType === resourceType)?.Tags ?? [];
    const rest = found.filter(({ Key }) => Key === undefined || !Object.hasOwn(ours, Key));
    return {
      ResourceType: resourceType,
      Tags: [...rest, ...Object.entries(ours).map(([Key, Value]) => ({ Key, Value }))],
    };
  });
  const others = theirs.filter(
    ({ ResourceType }) => ResourceType !== 'instance' && ResourceType !== 'volume',
  );
  return [...specifications, ...others];
}

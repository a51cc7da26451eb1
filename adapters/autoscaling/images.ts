// Which machine image an instance starts from: the owner's, or the newest ECS-optimised one for its type, found once and kept,
// so that the machines of an environment stay alike until its owner updates it.
// Source: AWS Batch User Guide, "AMI selection order"; Amazon ECS Developer Guide, "Retrieving Amazon ECS-optimized Linux AMI metadata".
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import type { Ec2Configuration, Ec2Resources } from '../../core/placement/compute-environment.ts';
import type { InstanceType } from '../../core/placement/instances/instance-type.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { MachineClients } from './calls.ts';
import { retrying } from './calls.ts';
import { isNamed, RefusedError } from './refusals.ts';

/** Types of one kind start from one image. */
export type ImageKind = 'x86_64' | 'arm64' | 'gpu' | 'gpu-arm64' | 'neuron';

export function imageKindOf({ family, architecture, gpus, gpuModel = '' }: InstanceType): ImageKind {
  if (/^(inf|trn)\d/.test(family)) return 'neuron';
  if (gpus === 0 || !gpuModel.startsWith('NVIDIA')) return architecture;
  return architecture === 'arm64' ? 'gpu-arm64' : 'gpu';
}

export function hasNvidiaGpus(kind: ImageKind): boolean {
  return kind === 'gpu' || kind === 'gpu-arm64';
}

const PATHS: Readonly<Record<ImageKind, string>> = {
  x86_64: '',
  arm64: 'arm64/',
  gpu: 'gpu/',
  'gpu-arm64': 'arm64/gpu/',
  neuron: 'inf/',
};

/** The owner's choice for a kind: one entry may be for GPU instances, the other for all others. */
export function configurationFor(
  { ec2Configuration = [] }: Pick<Ec2Resources, 'ec2Configuration'>,
  kind: ImageKind,
): Ec2Configuration | undefined {
  const isForGpus = ({ imageType }: Ec2Configuration): boolean => imageType.endsWith('_NVIDIA');
  const fitting = ec2Configuration.find((one) => isForGpus(one) === hasNvidiaGpus(kind));
  // A lone entry is meant for all that there is.
  return fitting ?? (ec2Configuration.length === 1 ? ec2Configuration[0] : undefined);
}

export function imageParameter(imageType: string | undefined, kind: ImageKind): string {
  const system =
    imageType === 'ECS_AL2' || imageType === 'ECS_AL2_NVIDIA' ? 'amazon-linux-2' : 'amazon-linux-2023';
  return `/aws/service/ecs/optimized-ami/${system}/${PATHS[kind]}recommended/image_id`;
}

/** `templateImageId`: what the owner's launch template says, which is second to what the environment itself says. */
export async function findImage(
  { ssm }: Pick<MachineClients, 'ssm'>,
  retry: RetryPolicy,
  resources: Ec2Resources,
  kind: ImageKind,
  templateImageId?: string,
): Promise<string> {
  const configuration = configurationFor(resources, kind);
  const own = configuration?.imageIdOverride ?? resources.imageId ?? templateImageId;
  if (own !== undefined) return own;
  const name = imageParameter(configuration?.imageType, kind);
  try {
    const { Parameter } = await retrying(retry, 'GetParameter', () =>
      ssm.send(new GetParameterCommand({ Name: name })),
    );
    if (Parameter?.Value) return Parameter.Value;
  } catch (error) {
    if (!isNamed(error, 'ParameterNotFound', 'ParameterVersionNotFound')) throw error;
  }
  throw new RefusedError(
    `This Region has no ECS-optimised image ${name}: name one with computeResources.ec2Configuration.imageIdOverride.`,
  );
}

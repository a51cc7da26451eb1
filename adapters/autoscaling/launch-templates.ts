// The launch templates of an environment: one for each variant, in a version for each infrastructure update. A version carries
// the update's id as its description, so that a repetition finds what it has already made.
import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DeleteLaunchTemplateCommand,
  DescribeInstanceTypesCommand,
  DescribeLaunchTemplatesCommand,
  DescribeLaunchTemplateVersionsCommand,
} from '@aws-sdk/client-ec2';
import type { _InstanceType, LaunchTemplateVersion, ResponseLaunchTemplateData } from '@aws-sdk/client-ec2';
import type {
  Ec2Resources,
  LaunchTemplateTarget,
  ManagedEnvironment,
} from '../../core/placement/compute-environment.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import type { MachineClients } from './calls.ts';
import { retrying } from './calls.ts';
import { findImage } from './images.ts';
import { templateNameOf } from './names.ts';
import { isNamed, RefusedError } from './refusals.ts';
import { asksForEfa, OWNER_TAG, templateDataOf } from './template-data.ts';
import type { Variant } from './variants.ts';
import { variantsOf } from './variants.ts';

export interface TemplateCalls {
  readonly clients: Pick<MachineClients, 'ec2' | 'ssm'>;
  readonly retry: RetryPolicy;
}

export interface TemplateWish {
  readonly environment: ManagedEnvironment;
  readonly resources: Ec2Resources;
  /** Of the machines launched from now on. */
  readonly generation: string;
  /** Templates that are there stay as they are. */
  readonly keepsOld: boolean;
}

const NOT_FOUND = [
  'InvalidLaunchTemplateName.NotFoundException',
  'InvalidLaunchTemplateId.NotFound',
  'InvalidLaunchTemplateId.VersionNotFound',
];

export async function ensureTemplates(calls: TemplateCalls, wish: TemplateWish): Promise<void> {
  for (const variant of variantsOf(wish.resources)) await ensureTemplate(calls, wish, variant);
}

async function ensureTemplate(calls: TemplateCalls, wish: TemplateWish, variant: Variant): Promise<void> {
  const { environment, resources, generation, keepsOld } = wish;
  const { clients, retry } = calls;
  const name = templateNameOf(environment, variant.key);
  const latest = await findVersion(calls, { LaunchTemplateName: name }, '$Latest');
  if (latest && (keepsOld || latest.VersionDescription === generation)) return;
  const own = variant.target && (await ownTemplate(calls, variant.target));
  if (asksForEfa(own)) await demandEfa(calls, variant);
  const imageId = await findImage(clients, retry, resources, variant.kind, own?.ImageId);
  const data = templateDataOf({
    environment,
    resources,
    variant,
    imageId,
    generation,
    ...(own ? { own } : {}),
  });
  const version = {
    LaunchTemplateName: name,
    LaunchTemplateData: data,
    VersionDescription: generation,
    ClientToken: `${generation}-${variant.key}`,
  };
  if (!latest && (await isCreated(calls, environment, version))) return;
  await retrying(retry, 'CreateLaunchTemplateVersion', () =>
    clients.ec2.send(new CreateLaunchTemplateVersionCommand(version)),
  );
}

/** `false`: somebody else has just made it. */
async function isCreated(
  { clients, retry }: TemplateCalls,
  { ceArn, tags }: ManagedEnvironment,
  version: ConstructorParameters<typeof CreateLaunchTemplateCommand>[0],
): Promise<boolean> {
  const Tags = Object.entries({ ...tags, [OWNER_TAG]: ceArn }).map(([Key, Value]) => ({ Key, Value }));
  const command = new CreateLaunchTemplateCommand({
    ...version,
    TagSpecifications: [{ ResourceType: 'launch-template', Tags }],
  });
  try {
    await retrying(retry, 'CreateLaunchTemplate', () => clients.ec2.send(command));
    return true;
  } catch (error) {
    if (isNamed(error, 'InvalidLaunchTemplateName.AlreadyExistsException')) return false;
    throw error;
  }
}

async function findVersion(
  { clients, retry }: TemplateCalls,
  template: { readonly LaunchTemplateName?: string; readonly LaunchTemplateId?: string },
  version: string,
): Promise<LaunchTemplateVersion | undefined> {
  try {
    const answer = await retrying(retry, 'DescribeLaunchTemplateVersions', () =>
      clients.ec2.send(new DescribeLaunchTemplateVersionsCommand({ ...template, Versions: [version] })),
    );
    return answer.LaunchTemplateVersions?.[0];
  } catch (error) {
    if (isNamed(error, ...NOT_FOUND)) return undefined;
    throw error;
  }
}

async function ownTemplate(
  calls: TemplateCalls,
  { launchTemplateId, launchTemplateName, version = '$Default' }: LaunchTemplateTarget,
): Promise<ResponseLaunchTemplateData> {
  const template = launchTemplateId
    ? { LaunchTemplateId: launchTemplateId }
    : { LaunchTemplateName: launchTemplateName ?? '' };
  const found = await findVersion(calls, template, version === '' ? '$Default' : version);
  if (found?.LaunchTemplateData) return found.LaunchTemplateData;
  const named = launchTemplateId ?? launchTemplateName;
  throw new RefusedError(`The launch template ${named} has no version ${version}, or does not exist.`);
}

/** A type without an adapter could never be launched from it, and its jobs would wait for ever. */
async function demandEfa({ clients, retry }: TemplateCalls, { types, target }: Variant): Promise<void> {
  const lacking: string[] = [];
  for (let from = 0; from < types.length; from += TYPES_PER_CALL) {
    const InstanceTypes = types.slice(from, from + TYPES_PER_CALL) as _InstanceType[]; // the table's names are EC2's
    const answer = await retrying(retry, 'DescribeInstanceTypes', () =>
      clients.ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes })),
    );
    for (const { InstanceType, NetworkInfo } of answer.InstanceTypes ?? [])
      if (NetworkInfo?.EfaSupported !== true) lacking.push(InstanceType ?? '');
  }
  if (lacking.length === 0) return;
  const named = target?.launchTemplateId ?? target?.launchTemplateName;
  throw new RefusedError(
    `The launch template ${named} asks for an Elastic Fabric Adapter, which ${lacking.slice(0, 5).join(', ')} does not have: name only instance types that do.`,
  );
}
const TYPES_PER_CALL = 100;

/** Found by their tag: an environment may have had other variants before an update. */
export async function deleteTemplates(
  calls: TemplateCalls,
  { ceArn, uuid }: ManagedEnvironment,
): Promise<void> {
  const { clients, retry } = calls;
  const found = await retrying(retry, 'DescribeLaunchTemplates', () =>
    clients.ec2.send(
      new DescribeLaunchTemplatesCommand({ Filters: [{ Name: `tag:${OWNER_TAG}`, Values: [ceArn] }] }),
    ),
  );
  // An environment of the same name may have been made since; its templates have another uuid.
  const names = (found.LaunchTemplates ?? []).flatMap(({ LaunchTemplateName: name }) =>
    name?.includes(uuid) ? [name] : [],
  );
  for (const LaunchTemplateName of names) {
    try {
      await retrying(retry, 'DeleteLaunchTemplate', () =>
        clients.ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateName })),
      );
    } catch (error) {
      if (!isNamed(error, ...NOT_FOUND)) throw error;
    }
  }
}

// Branded identifiers and the ARN grammar of AWS Batch. A string becomes one of these only here, so that the rest
// of the code cannot mix up a job id with a queue ARN.

export type JobId = string & { readonly __brand: 'JobId' };
export type QueueArn = string & { readonly __brand: 'QueueArn' };
export type ComputeEnvironmentArn = string & { readonly __brand: 'ComputeEnvironmentArn' };
export type DefinitionArn = string & { readonly __brand: 'DefinitionArn' };
export type EpochMs = number;

/** Where a resource lives: one AWS Region of one account. Every resource of Slipway belongs to exactly one. */
export interface Scope {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export type ResourceType =
  | 'job'
  | 'job-definition'
  | 'job-queue'
  | 'compute-environment'
  | 'scheduling-policy'
  | 'consumable-resource';

/** The partition a Region belongs to, by the prefixes AWS documents. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

export function arnOf(scope: Scope, type: ResourceType, name: string): string {
  return `arn:${scope.partition}:batch:${scope.region}:${scope.account}:${type}/${name}`;
}

export interface ParsedArn extends Scope {
  readonly type: string;
  readonly name: string;
}

const ARN = /^arn:(aws[a-z-]*):batch:([a-z0-9-]+):(\d{12}):([a-z-]+)\/(.+)$/;

/** Splits a Batch ARN; `undefined` when the text is not one. */
export function parseArn(text: string): ParsedArn | undefined {
  const match = ARN.exec(text);
  if (!match) return undefined;
  const [, partition, region, account, type, name] = match as unknown as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { partition, region, account, type, name };
}

/** The resource name at the end of an ARN, or the text itself when it is a bare name. */
export function nameOf(arnOrName: string): string {
  return parseArn(arnOrName)?.name ?? arnOrName;
}

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const JOB_ID = new RegExp(`^(${UUID})(?:([:#])(0|[1-9][0-9]{0,8}))?$`);

export type ParsedJobId =
  | { readonly kind: 'job'; readonly root: JobId }
  | { readonly kind: 'child' | 'node'; readonly root: JobId; readonly index: number };

/** Reads the three forms of a job id: `<uuid>`, `<uuid>:<array index>`, `<uuid>#<node index>`. */
export function parseJobId(text: string): ParsedJobId | undefined {
  const match = JOB_ID.exec(text);
  if (!match) return undefined;
  const root = match[1] as JobId;
  if (match[2] === undefined) return { kind: 'job', root };
  return { kind: match[2] === ':' ? 'child' : 'node', root, index: Number(match[3]) };
}

export function childJobId(parent: JobId, index: number): JobId {
  return `${parent}:${index}` as JobId;
}

/** A node of a multi-node parallel job. */
export function nodeJobId(job: JobId, index: number): JobId {
  return `${job}#${index}` as JobId;
}

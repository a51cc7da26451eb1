// How a caller names a job definition: `name`, `name:revision`, or an ARN with or without the revision.
import { arnOf, parseArn, type DefinitionArn, type Scope } from '../ids.ts';
import { arnProblems } from '../resource.ts';

export interface DefinitionReference {
  /** As the caller wrote it, for messages. */
  readonly text: string;
  readonly form: 'arn' | 'name';
  readonly name: string;
  /** Absent: the latest ACTIVE revision is meant. */
  readonly revision?: number;
}

export type ParsedReference =
  | { readonly kind: 'reference'; readonly reference: DefinitionReference }
  /** Names no definition of this account and Region. `because`: the sentence for the caller. */
  | { readonly kind: 'malformed'; readonly because: string }
  | { readonly kind: 'foreign'; readonly because: string };

const REVISIONED = /^([A-Za-z0-9_-]{1,128})(?::([1-9]\d{0,8}))?$/;

/** Reads a reference. An ARN of another account or Region is `foreign`; a text of no known form is `malformed`. */
export function parseDefinitionReference(scope: Scope, text: string): ParsedReference {
  const arn = parseArn(text);
  if (arn !== undefined) {
    const [foreign] = arnProblems(scope, 'job-definition', 'jobDefinition', text);
    if (foreign) return { kind: 'foreign', because: foreign.message };
  }
  const match = REVISIONED.exec(arn?.name ?? text);
  const [, name, revision] = match ?? [];
  const form = text.startsWith('arn:') ? 'arn' : 'name';
  if (name === undefined) return { kind: 'malformed', because: notFoundMessage({ text, form }) };
  return {
    kind: 'reference',
    reference: { text, form, name, ...(revision === undefined ? {} : { revision: Number(revision) }) },
  };
}

/** AWS Batch's words for a definition that is not there, or not ACTIVE where that is the same to the caller. */
export function notFoundMessage({ text, form }: Pick<DefinitionReference, 'text' | 'form'>): string {
  return form === 'arn'
    ? `JobDefinition ${text} not found.`
    : `JobDefinition name ${text} does not exist or is not in ACTIVE status`;
}

export function definitionArnOf(scope: Scope, name: string, revision: number): DefinitionArn {
  // arnOf made it, for this resource type and with a revision: that is what the brand says.
  return arnOf(scope, 'job-definition', `${name}:${revision}`) as DefinitionArn;
}

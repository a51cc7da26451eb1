// The app as `cdk deploy` would see it, with cdk.json's own feature flags, but with a bundle that needs no build.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { SlipwayProps } from '../../lib/slipway-props.ts';
import { SlipwayStack } from '../../lib/slipway-stack.ts';

const CDK_JSON = join(import.meta.dirname, '../../cdk.json');

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Statement {
  readonly Action: string | readonly string[];
  readonly Effect: string;
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** An app with the feature flags that are deployed with. */
export function anApp(context: Readonly<Record<string, string>> = {}): App {
  const { context: flags } = JSON.parse(readFileSync(CDK_JSON, 'utf8')) as {
    context: Record<string, unknown>;
  }; // ours
  return new App({ outdir: temporaryFolder(), context: { ...flags, ...context } });
}

/** A bundle of one small file; nothing in a template but its hash depends on what is in it. */
export function aBundle(): Code {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'api.mjs'), 'export const handler = () => undefined;\n');
  return Code.fromAsset(folder);
}

export function aSlipwayStack(
  props: SlipwayProps = {},
  context: Readonly<Record<string, string>> = {},
): SlipwayStack {
  return new SlipwayStack(anApp(context), 'Slipway', { slipway: { code: aBundle(), ...props } });
}

export function templateOf(stack: Stack): Template {
  const app = stack.node.root as App; // made by anApp
  const { template } = app.synth().getStackByName(stack.stackName);
  return template as Template; // what CloudFormation templates are
}

export function resourcesOf(template: Template, type: string): readonly (readonly [string, Resource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** What a role may do, from all policies that are attached to it, by the role's logical id. */
export function statementsOf(template: Template): ReadonlyMap<string, readonly Statement[]> {
  const statements = new Map<string, Statement[]>();
  for (const [, { Properties = {} }] of resourcesOf(template, 'AWS::IAM::Policy')) {
    // The shape of AWS::IAM::Policy.
    const { Roles, PolicyDocument } = Properties as unknown as {
      readonly Roles: readonly { readonly Ref: string }[];
      readonly PolicyDocument: { readonly Statement: readonly Statement[] };
    };
    for (const { Ref } of Roles)
      statements.set(Ref, [...(statements.get(Ref) ?? []), ...PolicyDocument.Statement]);
  }
  return statements;
}

export function actionsOf({ Action }: Statement): readonly string[] {
  return typeof Action === 'string' ? [Action] : Action;
}

export function resourceTextsOf({ Resource }: Statement): readonly string[] {
  const resources: readonly unknown[] = Array.isArray(Resource) ? Resource : [Resource];
  return resources.map((resource) => (typeof resource === 'string' ? resource : JSON.stringify(resource)));
}

/** A value as CloudFormation would send it, with names of the usual length in place of what is only known then. */
export function rendered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rendered);
  if (typeof value !== 'object' || value === null) return value;
  const {
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
    Ref: reference,
  } = value as Readonly<Record<string, unknown>>; // an object
  if (Array.isArray(join)) {
    const [delimiter, parts] = join as [string, readonly unknown[]]; // the shape of Fn::Join
    return parts.map(rendered).join(delimiter);
  }
  if (Array.isArray(attribute))
    return `arn:aws:service:us-gov-west-1:123456789012:${attribute[0]}-ABCDEFGHIJKL`;
  if (typeof reference === 'string') return PSEUDO_PARAMETERS[reference] ?? `${reference}-ABCDEFGHIJKL`;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, rendered(member)]));
}

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  'AWS::AccountId': '123456789012',
  'AWS::Partition': 'aws-us-gov',
  'AWS::Region': 'us-gov-west-1',
};

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-cdk-'));
  folders.push(folder);
  return folder;
}

const folders: string[] = [];

/** For `afterAll` of every file that synthesises. */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
}

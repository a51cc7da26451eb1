// What a role may do, said once and in a shape that forces the two questions of least privilege: which resources, and, where
// that is a pattern, why nothing narrower is possible. The answer is acknowledged to cdk-nag for exactly the resource it is about.
import { Stack, Token } from 'aws-cdk-lib';
import { PolicyStatement, type Conditions, type Policy, type Role } from 'aws-cdk-lib/aws-iam';
import { acknowledge } from './acknowledge.ts';

export interface Permission {
  /** Never with a `*`: actions that AWS adds tomorrow are not ours today. */
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: Conditions;
  /** Why a resource is a pattern. Required when one is. */
  readonly because?: string;
}

/** Which roles jobs and instances may be given: ARNs, possibly patterns. */
export interface PassableRoles {
  readonly tasks: readonly string[];
  readonly instances: readonly string[];
}

/** Adds the permissions to the role's default policy, or to one of its other policies. Throws where a pattern is not accounted for. */
export function permit(role: Role, permissions: readonly Permission[], policy?: Policy): void {
  for (const { actions, resources, conditions, because } of permissions) {
    const broad = actions.find((action) => action.includes('*'));
    if (broad !== undefined) throw new Error(`permission to ${broad}: an action must be named in full`);
    const patterns = resources
      .map((resource) => readable(role, resource))
      .filter((text) => text.includes('*'));
    if (patterns.length > 0 && because === undefined) {
      throw new Error(`permission to ${actions.join(', ')} on ${patterns.join(', ')} needs a reason`);
    }
    const statement = new PolicyStatement({
      actions: [...actions],
      resources: [...resources],
      ...(conditions === undefined ? {} : { conditions }),
    });
    if (policy) policy.addStatements(statement);
    else role.addToPolicy(statement);
    for (const pattern of patterns) {
      acknowledge(role, { [`AwsSolutions-IAM5[Resource::${pattern}]`]: because ?? '' });
    }
  }
}

/** The right to hand a role to a service, which is also what the caller of AWS Batch needs. */
export function passing(roles: readonly string[], service: string): Permission {
  return {
    actions: ['iam:PassRole'],
    resources: roles,
    conditions: { StringEquals: { 'iam:PassedToService': service } },
    because: `Job definitions and compute environments name their roles at run time; only ${service} may be handed one.`,
  };
}

/** A resource as cdk-nag writes it in its findings: references in angle brackets. */
function readable(role: Role, resource: string): string {
  if (!Token.isUnresolved(resource)) return resource;
  return flattened(Stack.of(role).resolve(resource));
}

function flattened(node: unknown): string {
  if (typeof node === 'string') return node;
  if (!isRecord(node)) return JSON.stringify(node);
  const { 'Fn::Join': join, 'Fn::GetAtt': attribute, Ref: reference } = node;
  if (Array.isArray(join)) {
    const [delimiter, parts] = join as [string, unknown[]]; // the shape of Fn::Join
    return parts.map(flattened).join(delimiter);
  }
  if (Array.isArray(attribute)) return `<${attribute.map(flattened).join('.')}>`;
  if (reference !== undefined) return `<${flattened(reference)}>`;
  return JSON.stringify(node);
}

function isRecord(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null;
}

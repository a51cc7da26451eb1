// All functions of the service, from the one list in lambdas/registry.ts: what is deployed, what is bundled and what is tested cannot differ.
import { Stack } from 'aws-cdk-lib';
import type { Architecture, Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { FUNCTIONS, OPTIONAL_SETTINGS } from '../lambdas/registry.ts';
import type { FunctionEntry, FunctionName } from '../lambdas/registry.ts';
import { functionPermissions } from './function-permissions.ts';
import type { PassableRoles } from './permissions.ts';
import { ServiceFunction } from './service-function.ts';
import { settingGrants } from './settings.ts';
import type { ServiceParts, SettingGrant } from './settings.ts';

export interface FunctionsProps {
  readonly parts: ServiceParts;
  readonly code: Code;
  readonly architecture: Architecture;
  readonly passableRoles: PassableRoles;
}

export class Functions extends Construct {
  readonly byName: Readonly<Record<FunctionName, LambdaFunction>>;
  /** What the state machines' definitions name, by placeholder. */
  readonly substitutions: Readonly<Record<string, LambdaFunction>>;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const stack = Stack.of(this);
    const grants = settingGrants(stack, props.parts);
    const outside = functionPermissions(stack, props.passableRoles);
    const made = FUNCTIONS.map((entry: FunctionEntry & { readonly name: FunctionName }) => {
      const given = entry.environment.map((setting) => [setting, grants[setting]] as const);
      const { function: lambda } = new ServiceFunction(this, `${constructIdOf(entry.name)}Function`, {
        entry,
        code: props.code,
        architecture: props.architecture,
        environment: environmentOf(entry, given),
        permissions: given.flatMap(([, grant]) => grant.permissions),
        outside: outside[entry.name],
      });
      return [entry, lambda] as const;
    });
    // Made from the list whose names are the type's members.
    this.byName = Object.fromEntries(made.map(([{ name }, lambda]) => [name, lambda])) as Functions['byName'];
    this.substitutions = Object.fromEntries(
      made.flatMap(([{ trigger }, lambda]) =>
        trigger.kind === 'state-machine' ? [[trigger.substitution, lambda]] : [],
      ),
    );
  }
}

function environmentOf(
  entry: FunctionEntry,
  given: readonly (readonly [FunctionEntry['environment'][number], SettingGrant])[],
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [setting, { value }] of given) {
    if (value !== undefined) environment[setting] = value;
    else if (!OPTIONAL_SETTINGS.has(setting)) {
      throw new Error(`the function ${entry.name} needs the setting ${setting}, which has no value`);
    }
  }
  return environment;
}

/** `launch-nodes` → `LaunchNodes`. Logical ids come from it: a renamed function is a new function. */
export function constructIdOf(name: string): string {
  return name.replaceAll(/(?:^|-)(\w)/g, (_all, letter: string) => letter.toUpperCase());
}

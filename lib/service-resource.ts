// What queues, compute environments, definitions and policies share as CloudFormation resources: the service's own function makes them
// by the same operations as a call over the wire, and their input is checked by the same rules already when the app is synthesised.
import { ArnFormat, CustomResource, Duration, Names, Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Problems } from '../core/definition/problem.ts';
import type { ResourceType } from '../core/ids.ts';
import type { CustomResourceType } from '../lambdas/registry.ts';
import type { ISlipway } from './slipway-reference.ts';

/** CloudFormation gives up on a resource after an hour at the latest. */
const LONGEST_CHANGE = Duration.hours(1);
const NAME_LENGTH_MAX = 128;

export interface ServiceResourceProps<Input extends object> {
  readonly slipway: ISlipway;
  readonly type: CustomResourceType;
  /** The body of the operation that makes it. */
  readonly input: Input;
  /** The rules of that operation. */
  readonly problemsOf: (input: Input) => Problems;
  /** What has to be there first, and to go last. */
  readonly after?: readonly Construct[];
}

/** The resource itself; the construct around it is its scope, and answers for its name and ARN. */
export function createServiceResource<Input extends object>(
  scope: Construct,
  { slipway, type, input, problemsOf, after = [] }: ServiceResourceProps<Input>,
): CustomResource {
  const problems = problemsOf(readableInput(input));
  if (problems.length > 0) {
    throw new Error(`${scope.node.path}: ${problems.map(({ message }) => message).join('; ')}`);
  }
  const resource = new CustomResource(scope, 'Resource', {
    serviceToken: slipway.resourceFunctionArn,
    serviceTimeout: LONGEST_CHANGE,
    resourceType: type,
    // As one text: CloudFormation would make texts of the numbers in an object.
    properties: { Input: Stack.of(scope).toJsonString(input) },
  });
  resource.node.addDependency(slipway.ready, ...after);
  return resource;
}

/** The name its owner gave, or one from where it stands in the app. */
export function resourceNameOf(scope: Construct, given: string | undefined): string {
  const made = { maxLength: NAME_LENGTH_MAX, separator: '-', allowedSpecialCharacters: '-_' };
  return given ?? Names.uniqueResourceName(scope, made);
}

/** From the name alone, so that it is known before the resource is. */
export function resourceArnOf(scope: Construct, type: ResourceType, name: string): string {
  return Stack.of(scope).formatArn({
    service: 'batch',
    resource: type,
    resourceName: name,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

/**
 * What is only known when the stack is deployed cannot be judged before: in the place of each reference stands a word that the rules for
 * texts let pass.
 */
function readableInput<Input extends object>(input: Input): Input {
  return JSON.parse(JSON.stringify(input), (_key, value: unknown) =>
    typeof value === 'string' && Token.isUnresolved(value)
      ? value.replaceAll(/[$#]\{Token\[[^\]]*\]\}/g, 'aws')
      : value,
  ) as Input; // the same shape, with other texts
}

// The Lambda integrations of Step Functions over functions of this process: `lambda:invoke`, its task-token form, and a
// function's own ARN as the resource. Results and errors look to a machine as they do in the cloud.
import { AslError } from './asl-error.ts';
import { isJsonObject } from './json.ts';
import type { Json } from './json.ts';
import type { ResourceHandler, ResourceResolver } from './resource.ts';

/** Takes a payload that it must not change; a thrown error fails the task under the error's name. */
export type LocalFunction = (payload: Json) => Promise<unknown>;

const INVOKE = /^arn:aws[a-z-]*:states:::lambda:invoke(?:\.waitForTaskToken)?$/;
const FUNCTION_ARN = /^arn:aws[a-z-]*:lambda:[a-z0-9-]*:\d*:function:([^:]+)(?::[^:]+)?$/;

/** `functions` by ARN or by name; a machine may use either, with or without a qualifier. */
export function lambdaResources(functions: Readonly<Record<string, LocalFunction>>): ResourceResolver {
  const find = (arnOrName: string): LocalFunction | undefined => {
    const name = FUNCTION_ARN.exec(arnOrName)?.[1] ?? arnOrName;
    const key = [arnOrName, name].find((candidate) => Object.hasOwn(functions, candidate));
    return key === undefined ? undefined : functions[key];
  };
  const invoke: ResourceHandler = async (resource, parameters) => {
    const { FunctionName: name = null, Payload: payload = {} } = isJsonObject(parameters) ? parameters : {};
    if (typeof name !== 'string') {
      throw new AslError(
        'States.Runtime',
        `${resource}: expected a FunctionName, got ${JSON.stringify(name)}`,
      );
    }
    const called = find(name);
    if (called === undefined) {
      throw new AslError('Lambda.ResourceNotFoundException', `there is no function ${name} here`);
    }
    return { ExecutedVersion: '$LATEST', Payload: (await called(payload)) ?? null, StatusCode: 200 };
  };
  return (resource) => {
    if (INVOKE.test(resource)) return invoke;
    const called = find(resource);
    return called === undefined ? undefined : (_resource, parameters) => called(parameters);
  };
}

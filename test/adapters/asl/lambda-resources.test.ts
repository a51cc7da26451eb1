import { describe, expect, test } from 'vitest';
import type { Json } from '../../../adapters/asl/json.ts';
import { lambdaResources } from '../../../adapters/asl/lambda-resources.ts';
import type { TaskContext } from '../../../adapters/asl/resource.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:Greet';
const CONTEXT: TaskContext = {
  executionName: 'x',
  stateName: 'T',
  signal: new AbortController().signal,
  heartbeat: () => undefined,
};
const greet = async (payload: Json) => ({ greeted: payload });
const call = (resource: string, parameters: Json, functions: Parameters<typeof lambdaResources>[0]) =>
  lambdaResources(functions)(resource)?.(resource, parameters, CONTEXT);

describe('a function is found', () => {
  test.each([
    ['its name by its name', 'Greet', { Greet: greet }],
    ['its ARN by its ARN', ARN, { [ARN]: greet }],
    ['its ARN by its name', ARN, { Greet: greet }],
    ['a qualified ARN by its name', `${ARN}:live`, { Greet: greet }],
    ['an ARN of another partition', ARN.replace('aws', 'aws-cn'), { Greet: greet }],
  ])('%s', async (_name, resource, functions) => {
    expect(await call(resource, 1, functions)).toEqual({ greeted: 1 });
  });

  test.each(['Other', 'toString', 'arn:aws:states:::sqs:sendMessage'])('but %s is not', (resource) => {
    expect(lambdaResources({ Greet: greet })(resource)).toBeUndefined();
  });
});

describe('lambda:invoke', () => {
  const INVOKE = 'arn:aws:states:::lambda:invoke';

  test('passes the payload and wraps the result as Lambda does', async () => {
    const wrapped = { ExecutedVersion: '$LATEST', Payload: { greeted: { a: 1 } }, StatusCode: 200 };
    const parameters = { FunctionName: ARN, Payload: { a: 1 } };
    expect(await call(INVOKE, parameters, { Greet: greet })).toEqual(wrapped);
    expect(await call(`${INVOKE}.waitForTaskToken`, parameters, { Greet: greet })).toEqual(wrapped);
  });

  test('without a payload gives an empty object', async () => {
    expect(await call(INVOKE, { FunctionName: 'Greet' }, { Greet: greet })).toMatchObject({
      Payload: { greeted: {} },
    });
  });

  test.each<[Json, string]>([
    [{ Payload: 1 }, 'expected a FunctionName, got null'],
    [{ FunctionName: 7 }, 'expected a FunctionName, got 7'],
    ['Greet', 'expected a FunctionName, got null'],
    [{ FunctionName: 'Other' }, 'Lambda.ResourceNotFoundException: there is no function Other here'],
  ])('with %j is refused', async (parameters, problem) => {
    await expect(call(INVOKE, parameters, { Greet: greet })).rejects.toThrow(problem);
  });
});

// All 48 operations against the SDK's own model: where they are routed, what they refuse, and what is not offered.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationRegistry } from '../../api/operation.ts';
import type { ApiRequest } from '../../api/request.ts';
import { createRouter } from '../../api/router.ts';
import { OPERATIONS } from '../../api/offered-operations.ts';
import { batchClient, routerOptions } from '../api/sdk-roundtrip.ts';
import type { AWire } from './a-wire.ts';
import { aWire } from './a-wire.ts';
import { commandOf, httpOf, inputOf, mistakesOf, OPERATION_NAMES, pathText, sampleOf } from './sdk-model.ts';

const NOT_OFFERED = OPERATION_NAMES.filter((name) => !(name in OPERATIONS));

let wire: AWire;
beforeAll(async () => {
  wire = await aWire();
});
afterAll(() => wire.close());

it('are the 48 of the model, of which those of service jobs and quota shares are not offered', () => {
  expect(OPERATION_NAMES).toHaveLength(48);
  expect(Object.keys(OPERATIONS).filter((name) => !OPERATION_NAMES.includes(name))).toEqual([]);
  expect(NOT_OFFERED.filter((name) => !/ServiceJob|ServiceEnvironment|QuotaShare/.test(name))).toEqual([]);
  expect(NOT_OFFERED).toHaveLength(15);
});

describe.each(OPERATION_NAMES)('%s', (name) => {
  const sample = sampleOf(inputOf(name)) as object; // an input is a structure

  it('is reached at the model’s method and path, with every member as the SDK sent it', async () => {
    const received: { readonly operation: string; readonly input: object }[] = [];
    const operations = Object.fromEntries(
      OPERATION_NAMES.map((operation) => [
        operation,
        {
          name: operation,
          handle: (_context: object, input: object) => {
            received.push({ operation, input });
            return Promise.resolve({});
          },
        },
      ]),
    ) as OperationRegistry<object>; // one handler for each of the model's names
    const seen: ApiRequest[] = [];
    const client = batchClient(createRouter(routerOptions({ operations })), seen);
    await client.send(commandOf(name, sample));
    expect(received).toEqual([{ operation: name, input: sample }]);
    const { method, path } = httpOf(name);
    expect(seen).toMatchObject([{ method, rawPath: path.replace('{resourceArn}', 'x') }]);
  });

  it('refuses a missing member, a wrong type and an unknown enum value by the member’s name', async () => {
    const misjudged: string[] = [];
    for (const { kind, path, input } of mistakesOf(name)) {
      const { status, headers, body } = await wire.post(name, input);
      const { message } = JSON.parse(body) as { message?: string }; // a refusal is an object with a message
      const isNamed = message?.startsWith(`${name}${pathText(path)} `);
      if (status !== 400 || headers['x-amzn-ErrorType'] !== 'ClientException' || !isNamed) {
        misjudged.push(`${kind} at ${pathText(path)}: ${status} ${body}`);
      }
    }
    expect(misjudged).toEqual([]);
  });
});

describe.each(NOT_OFFERED)('%s, which is not offered,', (name) => {
  it('is refused with a ClientException that says so', async () => {
    const refusal = await wire.refusal(name, sampleOf(inputOf(name)) as object); // an input is a structure
    expect(refusal).toEqual({
      name: 'ClientException',
      message: `The ${name} operation is not offered: service jobs, which run on Amazon SageMaker, are not part of Slipway.`,
    });
  });
});

it('refuses what is missing from the query of UntagResource', async () => {
  const rawPath = '/v1/tags/arn%3Aaws%3Abatch%3Aus-east-1%3A123456789012%3Ajob-queue%2Fdefault';
  const answer = await wire.send({ method: 'DELETE', rawPath });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toEqual({ message: 'UntagResource.tagKeys is required.' });
});

it('is held to a model with many members', () => {
  expect(mistakesOf('SubmitJob').length).toBeGreaterThan(150);
  expect(mistakesOf('RegisterJobDefinition').length).toBeGreaterThan(500);
});

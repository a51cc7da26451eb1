import * as sdk from '@aws-sdk/client-batch';
import { NormalizedSchema } from '@smithy/core/schema';
import { describe, expect, it } from 'vitest';
import { JSON_DEPTH } from '../../../api/limits.ts';
import { memberRules } from '../../../api/shapes/member-rules.ts';
import {
  httpBinding,
  inputReader,
  inputShape,
  operationNames,
} from '../../../api/shapes/operation-shapes.ts';
import type { Shape } from '../../../api/shapes/shape.ts';

function exportsOfKind(kind: number): [string, unknown][] {
  return Object.entries(sdk).filter(
    ([name, value]) => name.endsWith('$') && Array.isArray(value) && value[0] === kind,
  );
}

/** Every shape below one, itself included, with the path that leads there. */
function* shapesIn(shape: Shape, path: readonly string[]): Generator<[readonly string[], Shape]> {
  yield [path, shape];
  if (shape.kind === 'list') yield* shapesIn(shape.element, [...path, '[]']);
  if (shape.kind === 'map') yield* shapesIn(shape.value, [...path, '{}']);
  if (shape.kind !== 'structure') return;
  for (const [name, member] of Object.entries(shape.members)) yield* shapesIn(member.shape, [...path, name]);
}

function shapeAt(path: string): Shape | undefined {
  const [operation = ''] = path.split('.');
  const name = operationNames().find((known) => known === operation);
  if (!name) return undefined;
  for (const [parts, shape] of shapesIn(inputShape(name), [name])) if (parts.join('.') === path) return shape;
  return undefined;
}

describe('the generated tables', () => {
  it('name every operation that the installed SDK has', () => {
    const names = exportsOfKind(9).map(([name]) => name.slice(0, -1));
    expect([...operationNames()].sort()).toEqual(names.sort());
    expect(names).toHaveLength(48);
  });

  it('speak of structures and members that the installed SDK has', () => {
    const structures = new Map(exportsOfKind(3));
    const unknown = Object.entries(memberRules).flatMap(([structure, members]) => {
      const schema = structures.get(`${structure}$`);
      // A static schema of the SDK, as its first element said.
      const known = schema
        ? NormalizedSchema.of(schema as Parameters<typeof NormalizedSchema.of>[0])
        : undefined;
      const names = Object.keys(known?.getMemberSchemas() ?? {});
      return Object.keys(members)
        .filter((member) => !names.includes(member))
        .map((member) => `${structure}.${member}`);
    });
    expect(unknown).toEqual([]);
  });

  it('allow every enum value that the installed SDK knows', () => {
    const allowed = new Set<string>();
    for (const name of operationNames()) {
      for (const [, shape] of shapesIn(inputShape(name), [name])) {
        if (shape.kind === 'string') allowed.add(JSON.stringify([...(shape.values ?? [])].sort()));
      }
    }
    for (const type of [
      sdk.JobStatus,
      sdk.ResourceType,
      sdk.LogDriver,
      sdk.CRAllocationStrategy,
      sdk.PlatformCapability,
    ]) {
      expect(allowed).toContain(JSON.stringify(Object.values(type).sort()));
    }
  });
});

describe('an operation', () => {
  it.each(operationNames())(
    '%s is bound to a path of its own and has an input that can be checked',
    (name) => {
      const { method, path } = httpBinding(name);
      expect(path).toMatch(
        path.includes('{') ? /^\/v1\/tags\/\{resourceArn\}$/ : `/v1/${name.toLowerCase()}`,
      );
      expect(method).toMatch(path.includes('{') ? /^(GET|POST|DELETE)$/ : 'POST');
      expect(inputReader(name).places.label).toBe(path.includes('{') ? 'resourceArn' : undefined);
    },
  );

  it('is never nested deeper than a request may be', () => {
    const depths = operationNames().flatMap((name) =>
      [...shapesIn(inputShape(name), [name])].map(([path]) => path.length),
    );
    expect(Math.max(...depths)).toBeLessThan(JSON_DEPTH / 2);
  });

  it.each<{ path: string; shape: object }>([
    { path: 'SubmitJob.arrayProperties.size', shape: { kind: 'number', number: 'integer' } },
    { path: 'CreateConsumableResource.totalQuantity', shape: { kind: 'number', number: 'long' } },
    {
      path: 'CreateSchedulingPolicy.fairsharePolicy.shareDistribution.[].weightFactor',
      shape: { kind: 'number', number: 'double' },
    },
    { path: 'SubmitJob.dependsOn.[].type', shape: { kind: 'string', values: ['N_TO_N', 'SEQUENTIAL'] } },
    { path: 'SubmitJob.retryStrategy.evaluateOnExit.[].action', shape: { anyCase: true } },
    {
      path: 'UntagResource.tagKeys',
      shape: { kind: 'list', min: 1, max: 50, element: { kind: 'string', min: 1, max: 128 } },
    },
    { path: 'UpdateConsumableResource.clientToken', shape: { kind: 'string', min: 1, max: 64 } },
  ])('has the model’s rules at $path', ({ path, shape }) => {
    expect(shapeAt(path)).toMatchObject(shape);
  });

  it.each<{ path: string; required: readonly string[] }>([
    { path: 'SubmitJob', required: ['jobDefinition', 'jobName', 'jobQueue'] },
    { path: 'UntagResource', required: ['resourceArn', 'tagKeys'] },
    { path: 'DescribeJobQueues', required: [] },
  ])('demands what the model demands of $path', ({ path, required }) => {
    const shape = shapeAt(path);
    if (shape?.kind !== 'structure') throw new Error(`${path} is no structure.`);
    const names = Object.entries(shape.members)
      .filter(([, member]) => member.required)
      .map(([name]) => name);
    expect(names.sort()).toEqual(required);
  });

  it('takes empty tags, which clients send and the model forbids', () => {
    const input = { jobName: 'a', jobQueue: 'b', jobDefinition: 'c', tags: {} };
    expect(inputReader('SubmitJob').parse(input)).toEqual(input);
  });
});

// The fields that only a Map state has. Inline maps only: there is no item reader, batcher or result writer here.
import {
  fieldsOf,
  readAmount,
  readCompiled,
  readPath,
  readString,
  refuseField,
  refuseUnknownFields,
} from './definition-fields.ts';
import { requireOneOf, show } from './definition-fields.ts';
import type { Fields } from './definition-fields.ts';
import type { MapState, StateGraph } from './machine.ts';
import { compileTemplate } from './payload-template.ts';

const COUNT = { least: 0, most: Infinity };
const PERCENTAGE = { least: 0, most: 100 };

type MapFields = Pick<MapState, 'items' | 'itemSelector' | 'processor' | 'maxConcurrency' | 'tolerated'>;

export function parseMapFields(fields: Fields, parseGraph: (fields: Fields) => StateGraph): MapFields {
  const processorName = requireOneOf(fields, ['ItemProcessor', 'Iterator']);
  if ('ItemSelector' in fields.values && 'Parameters' in fields.values) {
    refuseField(fields, 'Parameters', 'ItemSelector is given as well');
  }
  const items = readPath(fields, 'ItemsPath', 'States.Runtime');
  const itemSelector =
    readCompiled(fields, 'ItemSelector', compileTemplate) ??
    readCompiled(fields, 'Parameters', compileTemplate);
  const count = readAmount(fields, 'ToleratedFailureCount', COUNT);
  const percentage = readAmount(fields, 'ToleratedFailurePercentage', PERCENTAGE);
  const tolerated = {
    ...(count === undefined ? {} : { count }),
    ...(percentage === undefined ? {} : { percentage }),
  };
  return {
    ...(items === undefined ? {} : { items }),
    ...(itemSelector === undefined ? {} : { itemSelector }),
    processor: parseProcessor(fields, processorName, parseGraph),
    maxConcurrency: readAmount(fields, 'MaxConcurrency', COUNT) ?? (() => 0),
    ...(count === undefined && percentage === undefined ? {} : { tolerated }),
  };
}

function parseProcessor(
  fields: Fields,
  name: 'ItemProcessor' | 'Iterator',
  parseGraph: (fields: Fields) => StateGraph,
): StateGraph {
  const processor = fieldsOf(`${fields.where}, ${name}`, fields.values[name]);
  const { ProcessorConfig: config, ...graph } = processor.values;
  if (config !== undefined) {
    const options = fieldsOf(`${processor.where}, ProcessorConfig`, config);
    refuseUnknownFields(options, new Set(['Mode']));
    const mode = readString(options, 'Mode') ?? 'INLINE';
    if (mode !== 'INLINE') refuseField(options, 'Mode', `expected INLINE, got ${show(mode)}`);
  }
  return parseGraph({ where: processor.where, values: graph });
}

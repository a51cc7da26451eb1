// Surroundings of an expression that never change.
import type { Ambient } from '../../../adapters/asl/evaluate.ts';
import type { JsonObject } from '../../../adapters/asl/json.ts';

export function fixedAmbient(context: JsonObject): Ambient {
  return {
    context: () => context,
    contextSection: (name) => context[name],
    random: () => 0.5,
    uuid: () => 'uuid-1',
  };
}

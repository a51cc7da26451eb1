// Payload templates (Parameters, ResultSelector, ItemSelector): a JSON object whose `.$` fields are expressions. Parts
// without expressions are built once and shared by all executions.
import { compileExpression } from './expression.ts';
import type { Evaluate } from './evaluate.ts';
import { isJsonArray, isJsonObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';

type Part = { readonly constant: Json } | { readonly evaluate: Evaluate };

export function compileTemplate(template: Json): Evaluate {
  if (!isJsonObject(template)) throw new SyntaxError(`expected an object, got ${JSON.stringify(template)}`);
  const part = compilePart(template);
  if ('evaluate' in part) return part.evaluate;
  const { constant } = part;
  return () => constant;
}

function compilePart(value: Json): Part {
  if (typeof value !== 'object' || value === null) return { constant: value };
  return isJsonArray(value) ? compileList(value) : compileObject(value);
}

function compileList(items: readonly Json[]): Part {
  const parts = items.map(compilePart);
  if (parts.every((part) => 'constant' in part)) return { constant: items };
  const evaluators = parts.map(evaluatorOf);
  return { evaluate: (input, ambient) => evaluators.map((evaluate) => evaluate(input, ambient)) };
}

function compileObject(fields: JsonObject): Part {
  const parts = new Map<string, Part>();
  for (const [field, value] of Object.entries(fields)) {
    const dynamic = field.endsWith('.$');
    const name = dynamic ? field.slice(0, -2) : field;
    if (parts.has(name)) throw new SyntaxError(`"${name}" is given twice, with and without ".$"`);
    // Assigning it would change the prototype instead of adding a field.
    if (name === '__proto__') throw new SyntaxError('"__proto__" cannot be the name of a field');
    parts.set(
      name,
      within(field, () => (dynamic ? { evaluate: expressionOf(value) } : compilePart(value))),
    );
  }
  if ([...parts.values()].every((part) => 'constant' in part)) return { constant: fields };
  const names = [...parts.keys()];
  const evaluators = [...parts.values()].map(evaluatorOf);
  return { evaluate: (input, ambient) => buildObject(names, evaluators, input, ambient) };
}

function buildObject(
  names: readonly string[],
  evaluators: readonly Evaluate[],
  ...[input, ambient]: Parameters<Evaluate>
): Json {
  const built: Record<string, Json> = {};
  for (let index = 0; index < names.length; index += 1) {
    const [name, evaluate] = [names[index], evaluators[index]];
    if (name !== undefined && evaluate !== undefined) built[name] = evaluate(input, ambient);
  }
  return built;
}

function expressionOf(value: Json): Evaluate {
  if (typeof value === 'string') return compileExpression(value);
  throw new SyntaxError(`expected a path or an intrinsic function, got ${JSON.stringify(value)}`);
}

function evaluatorOf(part: Part): Evaluate {
  if ('evaluate' in part) return part.evaluate;
  const { constant } = part;
  return () => constant;
}

/** Adds the field's name to a complaint about its value. */
function within<T>(field: string, compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new SyntaxError(`${field}: ${cause.message}`, { cause });
  }
}

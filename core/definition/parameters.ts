// Parameters and their `Ref::name` placeholders. Substitution happens once, at launch, in the command alone; a job keeps
// the command as it was written, next to the values.
import type { TextMap } from './wire.ts';

const PLACEHOLDER = /Ref::([A-Za-z0-9_-]+)/g;

/** The definition's defaults under the job's own values. */
export function effectiveParameters(defaults: TextMap | undefined, given: TextMap | undefined): TextMap {
  return { ...defaults, ...given };
}

/**
 * The command with every placeholder replaced that has a value, also inside longer words; the longest name counts.
 * Placeholders without a value stay as they are, and a value is never searched for further placeholders.
 */
export function substituteCommand(command: readonly string[], parameters: TextMap): readonly string[] {
  return command.map((word) =>
    word.replaceAll(PLACEHOLDER, (placeholder, name: string) =>
      Object.hasOwn(parameters, name) ? (parameters[name] ?? placeholder) : placeholder,
    ),
  );
}

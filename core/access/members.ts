// Reads members of a validated request whose type core does not know: what is not there, or is something else, is absent.

export function member(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const name of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Readonly<Record<string, unknown>>)[name]; // an object's members are unknown values
  }
  return at;
}

/** A text; empty ones count as absent, as they name nothing. */
export function textMember(value: unknown, ...path: readonly string[]): string | undefined {
  const found = member(value, ...path);
  return typeof found === 'string' && found !== '' ? found : undefined;
}

export function listMember(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = member(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** The texts of a list. */
export function textsMember(value: unknown, ...path: readonly string[]): readonly string[] {
  return listMember(value, ...path).filter((element) => typeof element === 'string');
}

/** The text members of a map. */
export function mapMember(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const found = member(value, ...path);
  if (typeof found !== 'object' || found === null) return {};
  return Object.fromEntries(
    Object.entries(found).filter((pair): pair is [string, string] => typeof pair[1] === 'string'),
  );
}

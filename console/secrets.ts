// Which variables look as if nobody should read them over a shoulder, and JSON without their values.
export function isSecret(name: string): boolean {
  return /secret|passw|token|key|credential|auth|private/i.test(name);
}

/** A copy in which the values of such variables of containers are dots. */
export function withoutSecrets(value: unknown): unknown {
  const text = JSON.stringify(value, (name, member: unknown) =>
    name.toLowerCase() === 'environment' && Array.isArray(member) ? member.map(veiled) : member,
  );
  return text === undefined ? undefined : JSON.parse(text);
}

function veiled(pair: unknown): unknown {
  if (typeof pair !== 'object' || pair === null || !('name' in pair)) return pair;
  return typeof pair.name === 'string' && isSecret(pair.name) ? { ...pair, value: '•••' } : pair;
}

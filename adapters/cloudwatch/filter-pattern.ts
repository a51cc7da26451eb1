// Filters in the language of CloudWatch Logs, which spare reading what nobody asked for. They may let more pass than is wanted, never
// less: what is read is looked at again.

/** Members of a JSON entry that have to be equal, by their path. */
export function equalityPattern(members: Readonly<Record<string, string | undefined>>): string | undefined {
  const terms = Object.entries(members).flatMap(([path, value]) =>
    value === undefined ? [] : [`($.${path} = ${JSON.stringify(value)})`],
  );
  return terms.length === 0 ? undefined : `{ ${terms.join(' && ')} }`;
}

/** Words that stand in the entry just like that. */
export function phrasePattern(phrase: string): string {
  return JSON.stringify(phrase);
}

/** A pattern has at most 1,024 characters, of which a letter takes four. */
const SEARCHED_CHARACTERS = 200;

/**
 * A text anywhere in the entry, in any case. None for a text that is written in another way there (quotes and backslashes in JSON, and
 * characters of several bytes, which the expressions do not know).
 */
export function textPattern(text: string): string | undefined {
  if (text === '' || !/^[\u0020-\u007E]*$/.test(text) || /["\\]/.test(text)) return undefined;
  const expression = text
    .slice(0, SEARCHED_CHARACTERS)
    .replaceAll(/[^0-9A-Za-z_#=@/;,-]/g, '.')
    .replaceAll(/[A-Za-z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
  return `%${expression}%`;
}

// Where a text that is looked for stands in a line.

/** What stands between the places where it is found, and what is found there, in turn. */
export function partsAround(text: string, wanted: string): readonly string[] {
  const [lower, sought] = [text.toLowerCase(), wanted.toLowerCase()];
  // Some letters change their length with their case; then places in the one are not places in the other.
  if (lower.length !== text.length || sought === '') return [text];
  const parts: string[] = [];
  let from = 0;
  for (let at = lower.indexOf(sought); at >= 0; at = lower.indexOf(sought, from)) {
    parts.push(text.slice(from, at), text.slice(at, at + sought.length));
    from = at + sought.length;
  }
  return [...parts, text.slice(from)];
}

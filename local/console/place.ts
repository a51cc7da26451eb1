// Places in logs and numbers of entries, as they come back from the page in an address.

/** `undefined`: no whole number that a computer can count to. */
export function parsePlace(text: string): number | undefined {
  const place = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(place) ? place : undefined;
}

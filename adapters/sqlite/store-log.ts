// How the store tells of faults that no caller is waiting for: a fixed event name and fields that fit one line of JSON.
export type StoreLog = (event: string, fields: Readonly<Record<string, unknown>>) => void;

/** The text of an error for a log field, with what caused it. */
export function faultText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${faultText(error.cause)}`;
}

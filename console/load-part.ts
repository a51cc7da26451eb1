// Parts of the page that are loaded when they are needed: the server may be away just then, so they are asked for until they come.

const RETRY_MS = 1_000;

/** `undefined`: whoever wanted it has left. */
export async function loadPart<Part>(
  load: () => Promise<Part>,
  left: AbortSignal,
): Promise<Part | undefined> {
  while (!left.aborted) {
    try {
      return await load();
    } catch (error) {
      // What a browser throws when a module's file cannot be had; the line tells the reader why.
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
    }
  }
  return undefined;
}

// The queue that drives an engine's strands.
import type { Message, Strand } from './execution.ts';

/** Messages handled in one go before other work of the process gets its turn. */
const MESSAGES_PER_TURN = 5000;

/**
 * The queue of messages. It is worked off in a microtask, so that callers are never re-entered; after so many messages the
 * rest waits for the event loop's next turn, so that a machine that loops for ever cannot stop the process.
 */
export function createMailbox(
  handle: (strand: Strand, message: Message) => Message | undefined,
): (strand: Strand, message: Message) => void {
  let waiting: { readonly strand: Strand; readonly message: Message }[] = [];
  let scheduled = false;
  const workOff = (): void => {
    let left = MESSAGES_PER_TURN;
    // The loop also reaches what is sent while it runs.
    for (let at = 0; at < waiting.length; at += 1) {
      const letter = waiting[at];
      if (letter === undefined || letter.strand.ended) continue;
      let message: Message | undefined = letter.message;
      while (message !== undefined && left > 0 && !letter.strand.ended) {
        message = handle(letter.strand, message);
        left -= 1;
      }
      if (left > 0) continue;
      if (message !== undefined) waiting.push({ strand: letter.strand, message });
      waiting = waiting.slice(at + 1);
      setImmediate(workOff);
      return;
    }
    waiting = [];
    scheduled = false;
  };
  return (strand, message) => {
    waiting.push({ strand, message });
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(workOff);
  };
}

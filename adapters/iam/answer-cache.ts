// Answers that are remembered for a while, and shared by those who ask the same at the same moment. A failure is not an
// answer: the next who asks tries again.
import type { Clock } from '../../engine/ports.ts';

export interface AnswerCache<T> {
  get(key: string, ask: () => Promise<T>): Promise<T>;
}

interface Remembered<T> {
  readonly answer: Promise<T>;
  readonly untilMs: number;
}

export function createAnswerCache<T>(
  clock: Clock,
  options: { readonly keepMs: number; readonly maxEntries: number },
): AnswerCache<T> {
  const answers = new Map<string, Remembered<T>>();
  return {
    get(key, ask) {
      const nowMs = clock.now();
      const known = answers.get(key);
      if (known && known.untilMs > nowMs) return known.answer;
      // Oldest first, as a Map keeps them: those who ask for much must not fill the memory.
      for (const [old] of answers) {
        if (answers.size < options.maxEntries) break;
        answers.delete(old);
      }
      const answer = ask();
      const remembered = { answer, untilMs: nowMs + options.keepMs };
      answers.delete(key);
      answers.set(key, remembered);
      answer.catch(() => {
        if (answers.get(key) === remembered) answers.delete(key);
      });
      return answer;
    },
  };
}

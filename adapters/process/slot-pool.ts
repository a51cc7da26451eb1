// The slots of this server: opened on demand, reused, capped, and closed after a while without work. Invariant: a slot is
// idle, or with exactly one attempt.
import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupLimits } from './slot-groups.ts';
import type { Slot } from './slot.ts';

export interface SlotPoolOptions {
  /** May throw: no process or file descriptor left. */
  readonly open: () => Slot;
  readonly maxSlots: number;
  readonly idleMs: number;
  readonly onGone: (slot: Slot) => void;
}

export type Acquired =
  | { readonly ok: true; readonly slot: Slot }
  | { readonly ok: false; readonly error: Error };

export interface SlotPool {
  /** `use` is called at once when a slot is idle; else later, and a way to call the wait off is returned. */
  acquire(limits: GroupLimits, use: (acquired: Acquired) => void): (() => void) | undefined;
  release(slot: Slot): void;
  /** Gives a slot up: it ends after the job it may be running. */
  drop(slot: Slot): void;
  slots(): readonly Slot[];
  isIdle(slot: Slot): boolean;
  /** Lets go of every slot; resolves when the idle ones have ended. */
  close(): Promise<void>;
}

/** How many idle slots are looked at for one that needs no new limits. */
const LOOK_AT = 8;

const CLOSE_WAIT_MS = 2_000;

/** The server is going away: what waited for a slot has not failed, it was never tried. */
export class ClosedError extends Error {
  override readonly name = 'ClosedError';
  constructor() {
    super('the process runtime is closed');
  }
}

interface Waiting {
  readonly limits: GroupLimits;
  readonly use: (acquired: Acquired) => void;
}

export function createSlotPool(options: SlotPoolOptions): SlotPool {
  const slots = new Set<Slot>();
  const idle: Slot[] = [];
  const idleSinceMs = new Map<Slot, number>();
  const waiting = new Set<Waiting>();
  let growing = false;
  let closed = false;

  function open(): Slot {
    const slot = options.open();
    slots.add(slot);
    void slot.ended.then(() => {
      forgetSlot(slot);
      options.onGone(slot);
      grow(); // those who waited for this slot need another
    });
    return slot;
  }

  function forgetSlot(slot: Slot): void {
    slots.delete(slot);
    idleSinceMs.delete(slot);
    const at = idle.indexOf(slot);
    if (at >= 0) idle.splice(at, 1);
  }

  function takeIdle(limits: GroupLimits): Slot | undefined {
    for (let at = idle.length - 1; at >= Math.max(0, idle.length - LOOK_AT); at -= 1) {
      const slot = idle[at];
      if (slot?.isLimitedTo(limits)) {
        idle.splice(at, 1);
        return slot;
      }
    }
    return idle.pop();
  }

  // One slot per turn of the event loop: opening one takes a millisecond, and 256 at once would hold up every request.
  function grow(): void {
    if (growing || closed || waiting.size === 0 || slots.size >= options.maxSlots) return;
    growing = true;
    setImmediate(() => {
      growing = false;
      const [first] = waiting;
      if (closed || !first || slots.size >= options.maxSlots) return;
      try {
        serve(first, open());
      } catch (cause) {
        if (slots.size === 0) refuse(new Error('no slot shell could be started', { cause }));
        return; // the others keep going, and each one given back serves the next
      }
      grow();
    });
  }

  function serve(next: Waiting, slot: Slot): void {
    waiting.delete(next);
    next.use({ ok: true, slot });
  }

  function refuse(error: Error): void {
    const all = [...waiting];
    waiting.clear();
    for (const { use } of all) use({ ok: false, error });
  }

  const reaper = setInterval(
    () => {
      const beforeMs = performance.now() - options.idleMs;
      // The stack's bottom has been idle longest; a retired slot leaves it here and ends on its own.
      while (idle[0] && (idleSinceMs.get(idle[0]) ?? 0) < beforeMs) {
        const slot = idle.shift();
        slot?.retire();
      }
    },
    Math.max(50, options.idleMs / 2),
  );
  reaper.unref();

  return {
    acquire(limits, use) {
      const slot = takeIdle(limits);
      if (slot) {
        use({ ok: true, slot });
        return undefined;
      }
      if (closed) {
        use({ ok: false, error: new ClosedError() });
        return undefined;
      }
      const entry: Waiting = { limits, use };
      waiting.add(entry);
      grow();
      return () => void waiting.delete(entry);
    },
    release(slot) {
      if (!slots.has(slot)) return;
      const [next] = waiting;
      if (next) {
        serve(next, slot);
        return;
      }
      idleSinceMs.set(slot, performance.now());
      idle.push(slot);
    },
    drop(slot) {
      forgetSlot(slot);
      slot.retire();
      grow();
    },
    slots: () => [...slots],
    isIdle: (slot) => idle.includes(slot),
    async close() {
      closed = true;
      clearInterval(reaper);
      refuse(new ClosedError());
      const leaving = idle.splice(0);
      for (const slot of slots) if (!leaving.includes(slot)) slot.abandon();
      for (const slot of leaving) slot.retire();
      await Promise.race([
        Promise.all(leaving.map((slot) => slot.ended)),
        sleep(CLOSE_WAIT_MS, undefined, { ref: false }),
      ]);
    },
  };
}

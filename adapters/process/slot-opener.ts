// Opens slots, each in a cgroup of its own where this host lets us. When the first cgroup cannot be made, the attempts go
// without and say so; that is reported once.
import type { Hierarchy } from './cgroup-hierarchies.ts';
import { hostHierarchy } from './cgroup-hierarchies.ts';
import { createSlotGroups } from './slot-groups.ts';
import type { SlotGroup, SlotGroups } from './slot-groups.ts';
import { openSlot } from './slot.ts';
import type { Slot, SlotOptions } from './slot.ts';

export interface SlotOpenerOptions extends Omit<SlotOptions, 'group' | 'joinsItself'> {
  readonly dataDir: string;
  readonly limits: 'auto' | 'off';
  readonly cores: number;
  /** Tells this server's groups from those an earlier one may have left running. */
  readonly instance: string;
  readonly report: (event: string, fields: Readonly<Record<string, unknown>>) => void;
}

export interface SlotOpener {
  open(): Slot;
  groups(): SlotGroups | undefined;
}

export function createSlotOpener(options: SlotOpenerOptions): SlotOpener {
  const hierarchy: Hierarchy | undefined = options.limits === 'off' ? undefined : hostHierarchy();
  let groups = hierarchy && createSlotGroups(hierarchy, options.dataDir, options.cores);
  let opened = 0;
  groups?.removeEmpty();

  function newGroup(): SlotGroup | undefined {
    opened += 1;
    try {
      return groups?.create(`${options.instance}-${opened}`);
    } catch (error) {
      groups = undefined;
      options.report('process.cgroups-unusable', { error: String(error) });
      return undefined;
    }
  }

  // The first slot is put into its group from here, which shows whether that is allowed at all.
  let joinable = false;

  function openIn(group: SlotGroup | undefined): Slot {
    const slot = openSlot({ ...options, joinsItself: joinable, ...(group ? { group } : {}) });
    joinable = group !== undefined;
    return slot;
  }

  return {
    groups: () => groups,
    open() {
      const group = newGroup();
      if (!group) return openIn(undefined);
      try {
        return openIn(group);
      } catch (error) {
        group.remove();
        groups = undefined;
        options.report('process.cgroups-unusable', { error: String(error) });
        return openIn(undefined);
      }
    },
  };
}

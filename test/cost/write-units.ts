// What DynamoDB charges for a write: the larger of the item before and after, in whole kilobytes, twice in a transaction; and for
// each index what changes of its entry. Worked out here, because DynamoDB Local does not say it of transactions.
import { INDEX_ATTRIBUTES, INDEX_PROJECTIONS } from '../../adapters/dynamodb/item.ts';
import { INDEX_NAMES } from '../../engine/table-rules.ts';
import type { IndexName } from '../../engine/table-ports.ts';

/** As JSON has it: bytes are base64. */
export type WireItem = Readonly<
  Record<string, { readonly S?: string; readonly N?: string; readonly B?: string }>
>;

const KILOBYTE = 1_024;

export interface WriteUnits {
  readonly table: number;
  readonly indexes: Readonly<Partial<Record<IndexName, number>>>;
}

/** Of one put, update or delete. */
export function unitsOfWrite(
  before: WireItem | undefined,
  after: WireItem | undefined,
  isTransaction: boolean,
): WriteUnits {
  const larger = Math.max(unitsOf(before), unitsOf(after), 1);
  const indexes: Partial<Record<IndexName, number>> = {};
  for (const name of INDEX_NAMES) {
    const units = unitsOfEntry(entryOf(name, before), entryOf(name, after), INDEX_ATTRIBUTES[name]);
    if (units > 0) indexes[name] = units;
  }
  return { table: isTransaction ? 2 * larger : larger, indexes };
}

function unitsOf(item: WireItem | undefined): number {
  return item ? Math.ceil(sizeOf(item) / KILOBYTE) : 0;
}

/** Names and values; a number takes a byte for two digits, and one more. */
function sizeOf(item: WireItem): number {
  return Object.entries(item).reduce((sum, [name, { S, N, B }]) => {
    const bytes =
      B === undefined
        ? N === undefined
          ? Buffer.byteLength(S ?? '')
          : Math.ceil(N.length / 2) + 1
        : Buffer.from(B, 'base64').length;
    return sum + Buffer.byteLength(name) + bytes;
  }, 0);
}

function entryOf(index: IndexName, item: WireItem | undefined): WireItem | undefined {
  const keys: readonly string[] = INDEX_ATTRIBUTES[index];
  if (!item || keys.some((name) => item[name] === undefined)) return undefined;
  const projection: readonly string[] | 'whole rows' = INDEX_PROJECTIONS[index];
  if (projection === 'whole rows') return item;
  const held = new Set(['pk', 'sk', ...keys, ...projection]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => held.has(name)));
}

/** An entry whose key changes is deleted and put anew; one in which nothing changes costs nothing. */
function unitsOfEntry(
  before: WireItem | undefined,
  after: WireItem | undefined,
  keys: readonly string[],
): number {
  if (before && after) {
    if (JSON.stringify(before) === JSON.stringify(after)) return 0;
    const isMoved = keys.some((name) => before[name]?.S !== after[name]?.S);
    return isMoved ? unitsOf(before) + unitsOf(after) : Math.max(unitsOf(before), unitsOf(after));
  }
  return unitsOf(before) + unitsOf(after);
}

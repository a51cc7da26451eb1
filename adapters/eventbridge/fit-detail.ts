// Brings the detail of an event below EventBridge's limit, which AWS Batch's own limits keep it far from: better an event that
// says less than none. Its shape stays; first the environments go, then whatever is long is shortened.

/** Stands in an emptied environment, in the shape of its entries. */
const NOTE_NAME = 'SLIPWAY_EVENT_NOTE';

export interface FittedDetail {
  readonly text: string;
  /** The size that the detail had, when it was cut. */
  readonly cutFromBytes?: number;
}

export function fitDetail(detail: object, maxBytes: number): FittedDetail {
  const whole = JSON.stringify(detail);
  const cutFromBytes = Buffer.byteLength(whole);
  if (cutFromBytes <= maxBytes) return { text: whole };
  // As it is on the wire: without undefined members, and nothing but JSON.
  let fitted = withoutEnvironments(JSON.parse(whole));
  for (let partBytes = 16_384; bytesOf(fitted) > maxBytes; partBytes /= 2) {
    if (partBytes < 16) throw new Error(`a detail of ${cutFromBytes} bytes cannot be cut to ${maxBytes}`);
    fitted = shortened(fitted, partBytes);
  }
  return { text: JSON.stringify(fitted), cutFromBytes };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function withoutEnvironments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEnvironments);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      if (name !== 'environment' || !Array.isArray(member)) return [name, withoutEnvironments(member)];
      return [name, member.length === 0 ? [] : [noteOn(member.length)]];
    }),
  );
}

function noteOn(left: number): { readonly name: string; readonly value: string } {
  const value = `${left} variables were left out: the event would have been too large. DescribeJobs shows them.`;
  return { name: NOTE_NAME, value };
}

/** Texts are cut, lists keep their last entries (the newest attempts), objects keep their members, each shortened. */
function shortened(value: unknown, partBytes: number): unknown {
  if (bytesOf(value) <= partBytes) return value;
  if (typeof value === 'string') return cutText(value, partBytes);
  if (Array.isArray(value)) return lastThatFit(value, partBytes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, shortened(member, partBytes)]),
  );
}

/** A character takes at most six bytes in JSON; half a character at the end would be none. */
function cutText(text: string, partBytes: number): string {
  return `${text.slice(0, Math.floor(partBytes / 8)).toWellFormed()}…`;
}

function lastThatFit(list: readonly unknown[], partBytes: number): readonly unknown[] {
  let from = list.length;
  for (let bytes = 2; from > 0; from -= 1) {
    bytes += bytesOf(list[from - 1]) + 1;
    if (bytes > partBytes) break;
  }
  return list.slice(from);
}

// A record of the jobs table's stream as the port's change.
import type { Change } from '../../engine/table-ports.ts';
import type { Item } from './item.ts';
import { rowOfItem } from './item.ts';

/** What we read of a record: the same in the streams API and in the event a function receives. */
export interface StreamRecord {
  readonly dynamodb?: {
    readonly SequenceNumber?: string | undefined;
    readonly OldImage?: Item | undefined;
    readonly NewImage?: Item | undefined;
  };
}

/** DynamoDB documents 21 to 40 digits; padded, text order is number order. */
const SEQUENCE_DIGITS = 40;

/** `stream`: names the shard. A function is not told it, and no other name would do: rows of one name must share their order. */
export function changeOfStreamRecord(record: StreamRecord, stream?: string): Change {
  const { SequenceNumber: sequence, OldImage: before, NewImage: after } = record.dynamodb ?? {};
  if (sequence === undefined || (!before && !after)) {
    throw new Error('a stream record without number or images: the stream must carry NEW_AND_OLD_IMAGES');
  }
  return {
    ...(stream === undefined ? {} : { stream }),
    seq: sequence.padStart(SEQUENCE_DIGITS, '0'),
    ...(before && { before: rowOfItem('jobs', before) }),
    ...(after && { after: rowOfItem('jobs', after) }),
  };
}

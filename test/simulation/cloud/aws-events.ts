// What AWS hands to our functions, in its shapes.
import type { DynamoDBRecord } from 'aws-lambda';
import { attributesOf, keyItem } from '../../../adapters/dynamodb/item.ts';
import type { Change, Row } from '../../../engine/table-ports.ts';

/** A record of the stream of `jobs`. */
export function streamRecordOf({ seq, before, after }: Change): DynamoDBRecord {
  return {
    eventID: seq,
    eventName: before ? (after ? 'MODIFY' : 'REMOVE') : 'INSERT',
    eventSource: 'aws:dynamodb',
    dynamodb: {
      SequenceNumber: seq,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...(before ? { OldImage: imageOf(before) } : {}),
      ...(after ? { NewImage: imageOf(after) } : {}),
    },
  };
}

function imageOf(row: Row): NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']> {
  const image = { ...keyItem(row), v: { N: String(row.version) }, ...attributesOf(row, 'w') };
  const told = Object.entries(image).map(([name, value]) => [
    name,
    // An event is text: bytes are base64 in it.
    'B' in value ? { B: Buffer.from(value.B as Uint8Array).toString('base64') } : value,
  ]);
  return Object.fromEntries(told) as ReturnType<typeof imageOf>; // attribute values by name, as they were
}

export function queueEventOf(messages: readonly { readonly id: string; readonly body: string }[]): object {
  return {
    Records: messages.map(({ id, body }) => ({
      messageId: id,
      body,
      attributes: { ApproximateReceiveCount: '1' },
      eventSource: 'aws:sqs',
    })),
  };
}

/** The HTTP API's payload, version 2; `iam`: whom its authoriser found. */
export function httpEventOf(path: string, body: object, iam: object): object {
  return {
    rawPath: path,
    rawQueryString: '',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { http: { method: 'POST', sourceIp: '192.0.2.1' }, authorizer: { iam } },
  };
}

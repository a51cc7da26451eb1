// The change stream of the jobs table in DynamoDB Local, read on as Lambda's poller reads it.
import type { DynamoDBRecord } from 'aws-lambda';

const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00';

export interface ChangeStream {
  /** What has come since the last call, in order. */
  next(): Promise<readonly DynamoDBRecord[]>;
}

/** A stream of one shard, from its beginning: the client of its API is not among our dependencies. */
export async function openChangeStream(endpoint: string, tableName: string): Promise<ChangeStream> {
  const call = async <T>(action: string, input: object): Promise<T> => {
    const answer = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${action}`,
        authorization: AUTHORIZATION,
      },
      body: JSON.stringify(input),
    });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T; // the shape that the API documents for the action
  };
  const { Streams } = await call<{ Streams: { StreamArn: string }[] }>('ListStreams', {
    TableName: tableName,
  });
  const StreamArn = Streams[0]?.StreamArn;
  const { StreamDescription } = await call<{ StreamDescription: { Shards: { ShardId: string }[] } }>(
    'DescribeStream',
    { StreamArn },
  );
  const ShardId = StreamDescription.Shards[0]?.ShardId;
  let after: string | undefined;
  return {
    async next() {
      // Anew each time: an iterator that was made before the first record does not find it in DynamoDB Local.
      const from =
        after === undefined
          ? { ShardIteratorType: 'TRIM_HORIZON' }
          : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: after };
      const { ShardIterator } = await call<{ ShardIterator: string }>('GetShardIterator', {
        StreamArn,
        ShardId,
        ...from,
      });
      const { Records } = await call<{ Records: DynamoDBRecord[] }>('GetRecords', { ShardIterator });
      after = Records.at(-1)?.dynamodb?.SequenceNumber ?? after;
      return Records;
    },
  };
}

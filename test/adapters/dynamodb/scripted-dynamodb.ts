// A DynamoDB client whose service is a list of prepared answers: for what a real one does too seldom to wait for. Everything
// of the SDK but the socket is real.
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HttpResponse } from '@smithy/core/protocols';

export interface SentRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

export type Answer =
  | { readonly output: object }
  | { readonly error: string; readonly message?: string; readonly more?: object };

export interface ScriptedDynamoDb {
  readonly client: DynamoDBClient;
  readonly sent: SentRequest[];
}

/** `answer` is asked for each request; `count` starts at 1. The SDK's own repetitions are mostly its own matter. */
export function scriptedDynamoDb(
  answer: (request: SentRequest, count: number) => Answer,
  maxAttempts = 1,
): ScriptedDynamoDb {
  const sent: SentRequest[] = [];
  const client = new DynamoDBClient({
    region: 'us-east-1',
    endpoint: 'http://dynamodb.invalid',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts,
    requestHandler: {
      handle: async ({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) => {
        const request: SentRequest = {
          operation: headers['x-amz-target']?.split('.')[1] ?? '',
          input: JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>, // the SDK sends JSON objects
        };
        sent.push(request);
        return { response: responseOf(answer(request, sent.length)) };
      },
    },
  });
  return { client, sent };
}

function responseOf(answer: Answer): HttpResponse {
  const failed = 'error' in answer;
  const body = failed
    ? {
        __type: `com.amazonaws.dynamodb.v20120810#${answer.error}`,
        message: answer.message ?? 'scripted',
        ...answer.more,
      }
    : answer.output;
  return new HttpResponse({
    statusCode: failed ? 400 : 200,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Buffer.from(JSON.stringify(body)),
  });
}

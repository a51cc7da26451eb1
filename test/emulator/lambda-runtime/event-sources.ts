// What stands between a source of events and a function: here to make of the emulator's events and rules those that Lambda and
// EventBridge document, so that the function meets what it meets on AWS.
import { deliverBusEvent } from './bus-events.ts';
import { fieldsOf } from './emulator-call.ts';
import type { Fields } from './emulator-call.ts';
import type { Answer, Invoke } from './invocation.ts';
import { deliverStream } from './stream-batches.ts';

/** How the tests' front carries a signature past the emulator, which would send the call to the service it is made for. */
export const CLIENT_AUTHORIZATION = 'x-client-authorization';

/** An HTTP API's event with the headers that its client sent. */
export function apiEventAsSent(event: unknown): unknown {
  const headers = fieldsOf(fieldsOf(event)['headers']);
  const { [CLIENT_AUTHORIZATION]: authorization, ...others } = headers;
  if (authorization === undefined) return event;
  return { ...fieldsOf(event), headers: { ...others, authorization } };
}

export async function deliver(event: unknown, invoke: Invoke): Promise<Answer> {
  const records = fieldsOf(event)['Records'];
  const first = Array.isArray(records) ? fieldsOf(records[0]) : {};
  switch (first['eventSource']) {
    case 'aws:dynamodb':
      return deliverStream((records as unknown[]).map(fieldsOf), invoke);
    case 'aws:sqs':
      return deliverMessages((records as unknown[]).map(fieldsOf), invoke);
    default:
      return 'detail-type' in fieldsOf(event) ? deliverBusEvent(fieldsOf(event), invoke) : invoke(event);
  }
}

/** A batch that fails as a whole comes again; the emulator knows that only message by message. */
async function deliverMessages(records: readonly Fields[], invoke: Invoke): Promise<Answer> {
  const answer = await invoke({ Records: records });
  if (!answer.error) return answer;
  return { result: { batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })) } };
}

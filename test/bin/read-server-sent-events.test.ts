import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readServerSentEvents } from '../../bin/read-server-sent-events.ts';

test.each([
  ['an event', 'id: 1\nevent: change\ndata: {"a":1}\n\n', [{ id: '1', event: 'change', data: '{"a":1}' }]],
  ['an event without a name', 'data: x\n\n', [{ id: undefined, event: 'message', data: 'x' }]],
  ['data of several lines', 'data: a\ndata: b\n\n', [{ id: undefined, event: 'message', data: 'a\nb' }]],
  ['no space after the colon', 'data:x\n\n', [{ id: undefined, event: 'message', data: 'x' }]],
  ['carriage returns', 'id: 1\r\ndata: x\r\n\r\n', [{ id: '1', event: 'message', data: 'x' }]],
  ['colons in data', 'data: a:b: c\n\n', [{ id: undefined, event: 'message', data: 'a:b: c' }]],
  ['comments', ': still here\n\ndata: x\n\n: bye\n\n', [{ id: undefined, event: 'message', data: 'x' }]],
  [
    'an event that is cut off',
    'id: 1\ndata: x\n\nid: 2\ndata: y',
    [{ id: '1', event: 'message', data: 'x' }],
  ],
])('reads %s', async (_, text, events) => {
  // Bytes arrive in pieces that know nothing of lines.
  const pieces = [...Buffer.from(text)].map((byte) => Buffer.from([byte]));
  const read = [];
  for await (const event of readServerSentEvents(Readable.from(pieces))) read.push(event);
  expect(read).toEqual(events);
});

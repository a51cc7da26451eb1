// Splits a stream of server-sent events into events. https://html.spec.whatwg.org/multipage/server-sent-events.html
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Yields each complete event; one cut off by the end of the stream is dropped, as the standard says. */
export async function* readServerSentEvents(stream: Readable): AsyncGenerator<ServerSentEvent> {
  let id: string | undefined;
  let event = 'message';
  let data: string[] = [];
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
    if (line === '') {
      if (data.length > 0) yield { id, event, data: data.join('\n') };
      event = 'message';
      data = [];
      continue;
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') id = value;
    else if (field === 'event') event = value;
    else if (field === 'data') data.push(value);
    // Anything else is a comment (`: still here`) or a field for browsers.
  }
}

import type { PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { createEventBridgeSink } from '../../../adapters/eventbridge/event-sink.ts';
import type { SlipwayEvent } from '../../../engine/ports.ts';

const AT_MS = Date.UTC(2030, 0, 1);

function anEvent(id: string, detail: object = { jobId: id, status: 'RUNNABLE' }): SlipwayEvent {
  const resources = [`arn:aws:batch:us-east-1:123456789012:job/${id}`];
  return { id, detailType: 'Batch Job State Change', region: 'us-east-1', atMs: AT_MS, resources, detail };
}

function someEvents(count: number, detail?: object): SlipwayEvent[] {
  return Array.from({ length: count }, (_, index) =>
    anEvent(`j${index}`, detail && { jobId: `j${index}`, ...detail }),
  );
}

function anError(name: string, more: object = {}): Error {
  return Object.assign(new Error(name), { name, ...more });
}

/** What a bus says to an entry, or to a whole call, in one attempt; `undefined`: taken. */
type Judge = (entry: PutEventsRequestEntry, call: number) => string | Error | undefined;

function aBus(judge: Judge = () => undefined) {
  const calls: PutEventsRequestEntry[][] = [];
  const taken: PutEventsRequestEntry[] = [];
  const logged: { event: string; fields: object }[] = [];
  const send = async ({ input: { Entries = [] } }: PutEventsCommand): Promise<object> => {
    calls.push([...Entries]);
    if (Entries.length > 10) throw anError('ValidationException', { $metadata: { httpStatusCode: 400 } });
    const verdicts = Entries.map((entry) => judge(entry, calls.length));
    const refusal = verdicts.find((verdict) => verdict instanceof Error);
    if (refusal) throw refusal;
    const answers = Entries.map((entry, index) => {
      const code = verdicts[index];
      if (code === undefined) taken.push(entry);
      return code === undefined ? { EventId: `event ${index}` } : { ErrorCode: code, ErrorMessage: 'no' };
    });
    return { Entries: answers, FailedEntryCount: verdicts.filter((verdict) => verdict !== undefined).length };
  };
  const sink = createEventBridgeSink({
    client: { send },
    eventBusName: 'slipway',
    retry: { maxAttempts: 4, firstWaitMs: 0, maxWaitMs: 0 },
    log: (event, fields) => void logged.push({ event, fields }),
  });
  return { sink, calls, taken, logged, jobsTaken: () => taken.map(jobOf).sort() };
}

const jobOf = ({ Detail = '{}' }: PutEventsRequestEntry) => (JSON.parse(Detail) as { jobId: string }).jobId;
const idsOf = (events: readonly SlipwayEvent[]) => events.map(({ id }) => id).sort();

describe('an event', () => {
  it('has AWS Batch’s detail as it is, our source, its time and its resources, and nothing of ours inside', async () => {
    const { sink, calls } = aBus();
    const event = anEvent('j1/7', { jobId: 'j1', status: 'SUCCEEDED', tags: { resourceArn: 'x' } });
    await sink.publish([event]);
    expect(calls).toEqual([
      [
        {
          EventBusName: 'slipway',
          Source: 'slipway.batch',
          DetailType: 'Batch Job State Change',
          Detail: '{"jobId":"j1","status":"SUCCEEDED","tags":{"resourceArn":"x"}}',
          Time: new Date(AT_MS),
          Resources: event.resources,
        },
      ],
    ]);
  });

  it('that is too large is cut, told, and published', async () => {
    const { sink, taken, logged } = aBus();
    const environment = [{ name: 'BIG', value: 'x'.repeat(300_000) }];
    await sink.publish([anEvent('big', { jobId: 'big', container: { environment } }), anEvent('small')]);
    expect(taken.map(jobOf)).toEqual(['big', 'small']);
    expect(logged).toEqual([{ event: 'event.cut', fields: { id: 'big', bytes: expect.any(Number) } }]);
  });
});

describe('many events', () => {
  it('go ten to a call', async () => {
    const { sink, calls, jobsTaken } = aBus();
    const events = someEvents(25);
    await sink.publish(events);
    expect(calls.map((call) => call.length)).toEqual([10, 10, 5]);
    expect(jobsTaken()).toEqual(idsOf(events));
  });

  it('that are large go as many to a call as fit into 256 KB', async () => {
    const { sink, calls, jobsTaken } = aBus();
    const events = someEvents(10, { statusReason: 'ä'.repeat(35_000) });
    await sink.publish(events);
    for (const call of calls) {
      const bytes = call.reduce((sum, { Detail = '' }) => sum + Buffer.byteLength(Detail), 0);
      expect(bytes).toBeLessThan(256 * 1024);
    }
    expect(calls.map((call) => call.length)).toEqual([3, 3, 3, 1]);
    expect(jobsTaken()).toEqual(idsOf(events));
  });

  it('make no call when there are none', async () => {
    const { sink, calls } = aBus();
    await sink.publish([]);
    expect(calls).toEqual([]);
  });
});

describe('what EventBridge does not take', () => {
  const refusedOnce = (code: string | Error, jobs: readonly string[]): Judge => {
    const left = new Set(jobs);
    return (entry) => (left.delete(jobOf(entry)) ? code : undefined);
  };

  it.each(['ThrottlingException', 'InternalFailure'])(
    'of a call for the moment (%s) is sent again, and only that',
    async (code) => {
      const { sink, calls, jobsTaken } = aBus(refusedOnce(code, ['j1', 'j3']));
      const events = someEvents(5);
      await sink.publish(events);
      expect(calls.map((call) => call.map(jobOf))).toEqual([
        ['j0', 'j1', 'j2', 'j3', 'j4'],
        ['j1', 'j3'],
      ]);
      expect(jobsTaken()).toEqual(idsOf(events));
    },
  );

  it.each([
    anError('ThrottlingException', { $metadata: { httpStatusCode: 400 } }),
    anError('InternalException', { $metadata: { httpStatusCode: 500 } }),
    anError('SomethingNew', { $metadata: { httpStatusCode: 503 } }),
    anError('Error', { code: 'ECONNRESET' }),
    anError('TimeoutError'),
  ])('as a whole for the moment (%s) is sent again', async (error) => {
    const { sink, jobsTaken } = aBus(refusedOnce(error, ['j2']));
    const events = someEvents(12);
    await sink.publish(events);
    expect(jobsTaken()).toEqual(idsOf(events));
  });

  it('for good is told by name, after all the others were published', async () => {
    const { sink, jobsTaken, calls } = aBus((entry) =>
      jobOf(entry) === 'j1' ? 'MalformedDetail' : undefined,
    );
    await expect(sink.publish(someEvents(12))).rejects.toMatchObject({
      name: 'EventsNotPublishedError',
      eventIds: ['j1'],
      message: 'EventBridge did not take j1 (MalformedDetail)',
    });
    expect(jobsTaken()).toHaveLength(11);
    expect(calls).toHaveLength(2);
  });

  it('after the last attempt is told, however many there are', async () => {
    const { sink, calls } = aBus(() => 'ThrottlingException');
    await expect(sink.publish(someEvents(8))).rejects.toThrow('j4 (ThrottlingException) and 3 more');
    expect(calls).toHaveLength(4);
  });

  it('for want of a permission is not asked again, and keeps its cause', async () => {
    const denied = anError('AccessDeniedException', { $metadata: { httpStatusCode: 400 } });
    const { sink, calls } = aBus(() => denied);
    await expect(sink.publish(someEvents(3))).rejects.toMatchObject({ cause: denied });
    expect(calls).toHaveLength(1);
  });
});

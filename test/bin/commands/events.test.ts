import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { captureCli, environmentOf } from '../capture-cli.ts';
import { aJob, FakeError, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

const jobId = 'aaaaaaaa-0000-4000-8000-000000000000';

function eventText(seq: number, detail: object): string {
  const envelope = {
    'detail-type': 'Batch Job State Change',
    time: '2026-01-02T03:04:05Z',
    detail: {
      jobId,
      jobName: 'hello',
      jobQueue: 'arn:aws:batch:us-east-1:123456789012:job-queue/default',
      ...detail,
    },
  };
  return `id: ${seq}\nevent: Batch Job State Change\ndata: ${JSON.stringify(envelope)}\n\n`;
}

describe('slipway events', () => {
  test('prints a line for each event', async () => {
    fake.events =
      eventText(1, { status: 'RUNNING' }) + eventText(2, { status: 'FAILED', container: { exitCode: 3 } });
    const { code, out, err } = await captureCli(['events'], { env: environmentOf(fake) });
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const [first, second, ...rest] = out.split('\n').map((line) => line.replace(/^\S+ \S+ +/, ''));
    expect(first).toBe('RUNNING    aaaaaaaa hello  default');
    expect(second).toBe('FAILED     aaaaaaaa hello  default, exit 3');
    expect(rest).toEqual(['']);
  });

  test('--json prints the envelopes, a line each', async () => {
    fake.events = eventText(1, { status: 'RUNNING' });
    const { out } = await captureCli(['events', '--json'], { env: environmentOf(fake) });
    expect(JSON.parse(out)).toMatchObject({
      'detail-type': 'Batch Job State Change',
      detail: { status: 'RUNNING' },
    });
  });

  test('asks for what was asked for', async () => {
    fake.jobs.push(aJob({ jobId }));
    const asked: string[] = [];
    fake.answers.set('/_local/events', (_, url) => {
      asked.push(url.search);
      throw new FakeError(400, 'ClientException', 'enough');
    });
    const env = environmentOf(fake);
    await captureCli(['events', '--queue', 'a b', '--after', '17'], { env });
    await captureCli(['events', '--follow'], { env });
    await captureCli(['events', '--follow', '--job', 'aaaaaaaa'], { env });
    expect(asked).toEqual(['?after=17&queue=a%20b', '?after=latest&follow=1', `?job=${jobId}&follow=1`]);
  });

  test('--since leaves out what happened before', async () => {
    fake.events = eventText(1, { status: 'RUNNING' });
    const env = environmentOf(fake);
    expect((await captureCli(['events', '--since', '2026-01-02T03:04:05.900Z'], { env })).out).toContain(
      'hello',
    );
    expect((await captureCli(['events', '--since', '2026-01-02T03:04:06Z'], { env })).out).toBe('');
    expect((await captureCli(['events', '--since', 'noon'], { env })).code).toBe(2);
  });

  test('takes up again behind the last event when the server drops the connection, until Ctrl-C', async () => {
    fake.events = eventText(7, { status: 'RUNNING' });
    const asked: (string | null)[] = [];
    fake.answers.set('/_local/events', (_, url) => {
      asked.push(url.searchParams.get('after'));
      if (asked.length === 2) interrupt();
      return undefined;
    });
    let interrupt = (): void => {};
    const { code } = await captureCli(['events', '-f'], {
      env: environmentOf(fake),
      onReady: (press) => (interrupt = press),
    });
    expect(code).toBe(0);
    expect(asked).toEqual(['latest', '7']);
  });
});

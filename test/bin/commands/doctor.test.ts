import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { awsCliFinding } from '../../../bin/doctor/examine-programs.ts';
import { captureCli, environmentOf } from '../capture-cli.ts';
import { FakeError, startFakeServer, type FakeServer } from '../fake-server.ts';

let fake: FakeServer;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

interface Told {
  readonly about: string;
  readonly verdict: string;
  readonly found: string;
  readonly mend?: string;
}

async function doctor(env: Record<string, string>) {
  const { code, out } = await captureCli(['doctor', '--json'], { env: { PATH: '', ...env }, cwd: '/' });
  const findings = JSON.parse(out) as Told[];
  return { code, of: (about: string) => findings.find((finding) => finding.about === about) };
}

describe('slipway doctor', () => {
  it('finds nothing wrong where a server answers, takes the keys and has our clock', async () => {
    const { of } = await doctor(environmentOf(fake));
    expect(of('Server')).toMatchObject({ verdict: 'ok' });
    expect(of('Keys')).toEqual({ about: 'Keys', verdict: 'ok', found: 'the server takes them' });
    expect(of('Clock')).toMatchObject({ verdict: 'ok' });
    expect(of('AWS CLI')).toMatchObject({ verdict: 'note' });
  });

  it('breaks its lines between words where the screen ends, below where they began', async () => {
    const { out } = await captureCli(['doctor'], {
      env: { PATH: '', ...environmentOf(fake) },
      cwd: '/',
      columns: 40,
    });
    const lines = out.trimEnd().split('\n');
    expect(lines.find((line) => line.length > 40)).toBeUndefined();
    for (const line of lines) expect(line).toMatch(/^(ok {4}|note {2}|wrong | {6})\S/);
    const whole = await captureCli(['doctor'], { env: { PATH: '', ...environmentOf(fake) }, cwd: '/' });
    // Each finding in one line in a file, its remedy in another.
    expect(whole.out.split('\n').filter((line) => line.startsWith('      ')).length).toBeLessThan(
      whole.out.split('\n').filter((line) => /^[a-z]/.test(line)).length,
    );
  });

  it('tells keys that are refused, and ends with 1', async () => {
    fake.answers.set('describejobqueues', () => {
      throw new FakeError(403, 'UnrecognizedClientException', 'The security token is invalid.');
    });
    const { code, of } = await doctor(environmentOf(fake));
    expect(code).toBe(1);
    expect(of('Keys')).toMatchObject({
      verdict: 'wrong',
      found: expect.stringContaining('is invalid') as string,
    });
  });

  it('tells a server that does not answer', async () => {
    const { endpoint } = fake;
    await fake.close();
    const { code, of } = await doctor({ ...environmentOf(fake), AWS_ENDPOINT_URL_BATCH: endpoint });
    expect(code).toBe(1);
    expect(of('Server')).toMatchObject({ verdict: 'wrong', mend: 'Start it: slipway local' });
  });

  it('without any server says how to start one', async () => {
    const { of } = await doctor({});
    expect(of('Server')).toMatchObject({ verdict: 'note', found: 'No Slipway server was found.' });
  });

  it('reads for people: a line for each finding, and how to mend it below', async () => {
    const { out } = await captureCli(['doctor'], { env: { PATH: '' }, cwd: '/' });
    expect(out).toMatch(/^ok +Node: \d+\.\d+\.\d+\n/);
    expect(out).toMatch(
      /^note +Server: No Slipway server was found\.\n +Start one in this folder: slipway local$/m,
    );
  });
});

it.each([
  ['aws-cli/2.9.19 Python/3.11.2 Linux/6.1', 'note'],
  ['aws-cli/2.13.0 Python/3.11.4', 'ok'],
  ['aws-cli/1.28.9 Python/3', 'note'],
  ['aws-cli/1.46.3 Python/3', 'ok'],
])('%s: %s', (told, verdict) => {
  expect(awsCliFinding(told)).toMatchObject({
    verdict,
    found: expect.stringContaining('aws-cli/') as string,
  });
});

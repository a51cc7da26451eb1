import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatBytes,
  formatDuration,
  formatMemory,
  formatPlural,
  sentenceOf,
  shortId,
  shortName,
} from '../../console/format.ts';

const ID = '12345678-1234-4234-8234-123456789012';

it.each([
  [formatDuration(-5), '0ms'],
  [formatDuration(40), '40ms'],
  [formatDuration(1_440), '1.4s'],
  [formatDuration(9_960), '10s'],
  [formatDuration(59_400), '59s'],
  [formatDuration(59_600), '1m 00s'],
  [formatDuration(185_000), '3m 05s'],
  [formatDuration(7_500_000), '2h 05m'],
  [formatDuration(3 * 86_400_000 + 4 * 3_600_000), '3d 4h'],
  [formatAge(2_000), 'just now'],
  [formatAge(-1), 'just now'],
  [formatAge(59_000), '59s ago'],
  [formatAge(3_600_000), '1h ago'],
  [formatAge(86_400_000), '1d ago'],
  [formatBytes(1_023), '1023 B'],
  [formatBytes(1_536), '1.5 KB'],
  [formatBytes(1_073_741_824), '1.00 GB'],
  [formatMemory(512), '512 MiB'],
  [formatMemory(1_536), '1.5 GiB'],
  [formatMemory(204_900), '200 GiB'],
  [formatPlural(1, 'job'), '1 job'],
  [formatPlural(1_200, 'entry', 'entries'), '1,200 entries'],
  [shortId(ID), '12345678'],
  [shortId(`${ID}:17`), '12345678:17'],
  [shortId(`${ID}#2`), '12345678#2'],
  [shortName('arn:aws:batch:eu-west-1:1:job-queue/default'), 'default'],
  [shortName('default'), 'default'],
  [sentenceOf('waits for room'), 'Waits for room.'],
  [sentenceOf('Done!'), 'Done!'],
])('reads %j as %j', (is, wanted) => {
  expect(is).toBe(wanted);
});

describe('a duration', () => {
  it('never grows shorter in words while time passes', () => {
    const seconds = (text: string): number =>
      [...text.matchAll(/([\d.]+)(ms|[smhd])/g)].reduce(
        (sum, [, count, unit]) =>
          sum + Number(count) * { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400 }[unit as 's'],
        0,
      );
    let before = 0;
    for (let ms = 0; ms < 400_000_000; ms = Math.ceil(ms * 1.07) + 1) {
      const now = seconds(formatDuration(ms));
      expect(now, String(ms)).toBeGreaterThanOrEqual(before);
      before = now;
    }
  });
});

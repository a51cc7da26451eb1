// The record of an attempt: one file that is first the job's script for the slot shell and then grows by a line for each
// thing that happened. It is the witness by which a restarted server knows what ran and how it ended. One file, not one
// per fact, because making a file costs more than anything else the runtime does.
//
//   # slipway-attempt 1 <bytes of script> <slot pid> <slot start, ticks> <boot id> <cgroup or -> <oom kills before>
//   <script>
//   run                 the slot shell is about to start the command; without it the command never ran
//   refused             working folder or ulimits could not be set; the command was not executed
//   stop <ms>           the server asked it to stop and will kill it at that time
//   exit <code>         how it ended, as a shell counts: 128 + n for signal n
//   failed <json>       it could not be started, and why
import type { EpochMs } from '../../core/ids.ts';

/** A slot shell, in such a way that a later process with the same pid is not taken for it. */
export interface SlotIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
  /** Name of its cgroup below ours; absent without cgroups. */
  readonly group?: string;
  /** Processes of that cgroup that the kernel had killed for memory before this attempt. */
  readonly oomKills: number;
}

export interface AttemptRecord {
  /** Absent for an attempt that could not be started. */
  readonly slot?: SlotIdentity;
  readonly ran: boolean;
  readonly refused: boolean;
  /** Someone asked for its end; when it is to be killed. */
  readonly killAtMs?: EpochMs;
  readonly exitCode?: number;
  readonly failed?: string;
}

const HEADER = /^# slipway-attempt 1 (\d+) (\d+) (\d+) (\S+) (\S+) (\d+)\n/;
const MAX_HEADER_BYTES = 256;

export function recordText(script: string, slot: SlotIdentity): string {
  return `# slipway-attempt 1 ${Buffer.byteLength(script)} ${slot.pid} ${slot.startTicks} ${slot.bootId} ${slot.group ?? '-'} ${slot.oomKills}\n${script}`;
}

export function failedRecordText(reason: string): string {
  return `# slipway-attempt 1 0 0 0 - - 0\nfailed ${JSON.stringify(reason)}\n`;
}

export function stopLine(killAtMs: EpochMs): string {
  return `stop ${killAtMs}\n`;
}

/** Written by the server for a slot shell that was killed before it could. */
export function exitLine(exitCode: number): string {
  return `exit ${exitCode}\n`;
}

/**
 * `undefined`: the file is not a whole record. The server died while it wrote it, and since the slot shell hears of
 * an attempt only afterwards, that attempt never ran. The script's length is in the header because a value in the script may look like any line.
 */
export function parseRecord(bytes: Buffer): AttemptRecord | undefined {
  const header = HEADER.exec(bytes.toString('latin1', 0, MAX_HEADER_BYTES));
  if (!header) return undefined;
  const [, scriptBytes, pid, startTicks, bootId, group, oomKills] = header as unknown as [
    string,
    ...string[],
  ];
  const factsAt = header[0].length + Number(scriptBytes);
  if (bytes.length < factsAt) return undefined;
  const facts = bytes.toString('utf8', factsAt).split('\n').slice(0, -1);
  const valueOf = (word: string): string | undefined =>
    facts.findLast((fact) => fact.startsWith(`${word} `))?.slice(word.length + 1);

  const killAtMs = valueOf('stop');
  const exitCode = valueOf('exit');
  const failed = valueOf('failed');
  const slot: SlotIdentity = {
    pid: Number(pid),
    startTicks: Number(startTicks),
    bootId: bootId ?? '-',
    ...(group === undefined || group === '-' ? {} : { group }),
    oomKills: Number(oomKills),
  };
  return {
    ...(slot.pid > 0 ? { slot } : {}),
    ran: facts.includes('run'),
    refused: facts.includes('refused'),
    ...(killAtMs === undefined ? {} : { killAtMs: Number(killAtMs) }),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    // The line was written by failedRecordText, whole or not at all: it is followed by a newline.
    ...(failed === undefined ? {} : { failed: JSON.parse(failed) as string }),
  };
}

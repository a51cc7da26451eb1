// What a runtime tells of an attempt beyond its start and end, and what the attempt, or a node's part in it, keeps of that.
import type { LaunchTimes } from './launch-times.ts';

/** What a runtime says of an attempt that began to run. */
export interface AttemptSeen {
  readonly note?: string;
  readonly runtimeTaskId?: string;
  readonly launch?: LaunchTimes;
}

/** What an attempt, or a node's part in it, keeps of what was seen. */
export function seenMembers({
  note,
  runtimeTaskId,
}: AttemptSeen): Pick<AttemptSeen, 'note' | 'runtimeTaskId'> {
  return {
    ...(note === undefined ? {} : { note }),
    ...(runtimeTaskId === undefined ? {} : { runtimeTaskId }),
  };
}

/** An exit may come without anybody having seen the task run; one that was seen keeps its name. */
export function runtimeTaskMember(
  exit: Pick<AttemptSeen, 'runtimeTaskId'>,
  live: Pick<AttemptSeen, 'runtimeTaskId'>,
): Pick<AttemptSeen, 'runtimeTaskId'> {
  const runtimeTaskId = live.runtimeTaskId ?? exit.runtimeTaskId;
  return runtimeTaskId === undefined ? {} : { runtimeTaskId };
}

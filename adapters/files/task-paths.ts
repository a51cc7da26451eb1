// Where the local runtimes keep what belongs to a task. Runtimes and log reader agree on these paths and on nothing
// else. A task id is checked here, so that no caller's text can ever name a file outside the data folder.

const TASK_ID = /^[0-9a-f]{32}$/;

/** 32 lower-case hex digits: what `ContainerTask.taskId` promises. */
export function isTaskId(text: string): boolean {
  return TASK_ID.test(text);
}

/**
 * `<first 2 hex>/<taskId>`: 256 folders keep each folder small enough to list and to delete from.
 * Throws when `taskId` is not a task id: a wrong one is a bug of the caller, and would be a path traversal.
 */
export function shardedNameOf(taskId: string): string {
  if (!TASK_ID.test(taskId)) throw new Error(`taskId must be 32 hex digits, got ${JSON.stringify(taskId)}`);
  return `${taskId.slice(0, 2)}/${taskId}`;
}

export function attemptsRootOf(dataDir: string): string {
  return `${dataDir}/attempts`;
}

export function logsRootOf(dataDir: string): string {
  return `${dataDir}/logs`;
}

/** The attempt's own folder: the working folder of a host process. Empty when the attempt starts. */
export function attemptFolderOf(dataDir: string, taskId: string): string {
  return `${attemptsRootOf(dataDir)}/${shardedNameOf(taskId)}`;
}

/** What the process runtime knows of an attempt (adapters/process/attempt-record.ts); beside its folder, out of the job's way. */
export function recordFileOf(dataDir: string, taskId: string): string {
  return `${attemptFolderOf(dataDir, taskId)}.job`;
}

/** stdout and stderr of the task, in the order they were written. Outlives the attempt's folder. */
export function logFileOf(dataDir: string, taskId: string): string {
  return `${logsRootOf(dataDir)}/${shardedNameOf(taskId)}.log`;
}

/** Offsets and times noted by readers of the live log (log-times.ts); most logs have none. */
export function logMarksFileOf(dataDir: string, taskId: string): string {
  return `${logsRootOf(dataDir)}/${shardedNameOf(taskId)}.marks`;
}

// The names of the service's own metrics and their dimensions, as lambdas/telemetry.ts writes them; test/lib compares the two.
export const METRICS_NAMESPACE = 'Slipway';

export const METRICS = {
  /** By JobQueue: how many jobs are RUNNABLE. */
  queueDepth: 'QueueDepth',
  /** By JobQueue. */
  oldestWaitingSeconds: 'OldestWaitingSeconds',
  /** By Stage: milliseconds between two steps of a job's way. */
  stageTime: 'StageTime',
  /** By Cause: attempts that failed. */
  failures: 'Failures',
  /** By Service: calls that AWS refused as too many. */
  throttles: 'Throttles',
} as const;

// The names of the service's own metrics and their dimensions, as lambdas/telemetry.ts writes them; test/lib compares the two.
export const METRICS_NAMESPACE = 'Slipway';

export const METRICS = {
  /** By JobQueue: how many jobs are RUNNABLE. */
  queueDepth: 'QueueDepth',
  /** By JobQueue. */
  oldestWaitingSeconds: 'OldestWaitingSeconds',
  /** By Stage: milliseconds that an attempt was in it. */
  stageTime: 'StageTime',
  /** By Cause: attempts that failed. */
  failures: 'Failures',
  /** By Service: calls that AWS refused as too many. */
  throttles: 'Throttles',
} as const;

/** The stages on the way to a container that runs, in their order. The last one, `ran`, is the job's own time. */
export const STAGES_BEFORE_RUN = ['queued', 'placed', 'provisioned', 'pulled', 'started'] as const;
export const RAN = 'ran';

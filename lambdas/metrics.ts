// The metrics that the functions write. Names and dimensions are a contract with dashboards, alarms and whoever reads them.
export const METRICS_NAMESPACE = 'Slipway';

/** Unit and dimensions of every metric. */
export const METRICS = {
  /** Jobs that are RUNNABLE; counted up to a bound. */
  queueDepth: { name: 'QueueDepth', unit: 'Count', dimensions: ['JobQueue'] },
  /** Top-level jobs in each state that is not an end; counted up to a bound. */
  queueDepthByState: { name: 'QueueDepth', unit: 'Count', dimensions: ['JobQueue', 'State'] },
  /** Age of the first job in line. */
  oldestWaitingSeconds: {
    name: 'OldestWaitingSeconds',
    unit: 'Seconds',
    dimensions: ['JobQueue'],
  },
  /** How long an attempt was in a stage of its way, by the names of core/job/attempt-stages.ts. */
  stageTime: { name: 'StageTime', unit: 'Milliseconds', dimensions: ['Stage'] },
  /** From the submission of a job to its first start. */
  startTime: { name: 'StartTime', unit: 'Milliseconds', dimensions: [] },
  /** Jobs that have come to their end, by `succeeded` and `failed`; an array's children, and not the array. */
  jobsEnded: { name: 'JobsEnded', unit: 'Count', dimensions: ['Outcome'] },
  /** Attempts that failed, and jobs that failed without one. */
  failures: { name: 'Failures', unit: 'Count', dimensions: ['Cause'] },
  /** Calls that AWS refused as too many. */
  throttles: { name: 'Throttles', unit: 'Count', dimensions: ['Service'] },
} as const;
export type MetricKey = keyof typeof METRICS;

export interface Measurement {
  readonly metric: MetricKey;
  readonly value: number;
  readonly dimensions: readonly string[];
}

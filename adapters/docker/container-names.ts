// Names that follow from the task alone, so that any process finds an attempt's container and volumes again, and the labels
// that tell it what they are.

export const LABELS = {
  attempt: 'slipway.attempt',
  task: 'slipway.task',
  dataDir: 'slipway.data-dir',
  /** What the running attempt has to say about itself. */
  note: 'slipway.note',
  /** The task's own volumes, by comma: they go when it is forgotten. */
  volumes: 'slipway.volumes',
} as const;

export interface ContainerNames {
  /** Unique on the Engine: creating it twice is refused, which is what makes a start idempotent. */
  readonly container: string;
  readonly hostname: string;
}

export function namesOf(taskId: string): ContainerNames {
  return { container: `slipway-${taskId}`, hostname: taskId.slice(0, 12) };
}

/** A volume that lives as long as its task. */
export function volumeNameOf(taskId: string, volume: string): string {
  return `slipway-${taskId}-${volume}`;
}

/** The volumes of its own that a container's labels name. */
export function volumesIn(labels: Readonly<Record<string, string>> | undefined): readonly string[] {
  return labels?.[LABELS.volumes]?.split(',') ?? [];
}

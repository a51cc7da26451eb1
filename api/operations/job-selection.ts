// The jobs of a page, and where the next one begins.
import type { Job } from '../../core/job/job.ts';

export interface Selection {
  readonly jobs: readonly Job[];
  readonly next?: string;
}

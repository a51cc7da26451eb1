// New ids of the cloud home.
import { randomUUID } from 'node:crypto';
import type { JobId } from '../core/ids.ts';
import type { Ids } from '../engine/ports.ts';

export const ids: Ids = { jobId: () => randomUUID() as JobId, uuid: () => randomUUID() }; // a job id is a UUID

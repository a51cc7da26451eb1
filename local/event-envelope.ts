// An event in EventBridge's envelope (contract §5.1): `source` is `slipway.batch` in both homes, because EventBridge keeps
// `aws.` for itself.
import { createHash } from 'node:crypto';
import type { SlipwayEvent } from '../engine/ports.ts';

export const EVENT_SOURCE = 'slipway.batch';

export function eventEnvelope(event: SlipwayEvent, account: string): object {
  return {
    version: '0',
    id: uuidFrom(event.id),
    'detail-type': event.detailType,
    source: EVENT_SOURCE,
    account,
    // Whole seconds, as EventBridge writes it.
    time: new Date(event.atMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
    region: event.region,
    resources: event.resources,
    detail: event.detail,
  };
}

/** The same UUID for the same event however often it is rendered. */
function uuidFrom(id: string): string {
  const hex = createHash('sha256').update(id).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

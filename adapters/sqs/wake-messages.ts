// What a wake is on the wire, in both directions. The body says everything, the domain as well: an event source may drop the
// message's attributes.
import type { JobId, QueueArn } from '../../core/ids.ts';

/** What a scheduler is told: where to look, and what to give back first. Of one domain, since one function works on it. */
export interface DomainWake {
  /** The domain's name: the smallest ARN of its queues. */
  readonly domain: string;
  readonly queueArns: readonly QueueArn[];
  /** Attempts that hold capacity no longer. */
  readonly ended: readonly { readonly attemptId: string; readonly queueArn: QueueArn }[];
  /** The newest job that came into line, per queue: an index that does not show it yet lags behind this wake. */
  readonly arrived: readonly { readonly queueArn: QueueArn; readonly jobId: JobId }[];
  /** What was set aside as unplaceable is to be looked at again. */
  readonly reconsider?: boolean;
}

/** As an event source hands it to a function. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** Everything that a batch tells about one domain, once. `messageIds`: what is to be received again when it could not be done. */
export interface FoldedWake extends DomainWake {
  readonly reconsider: boolean;
  readonly messageIds: readonly string[];
}

export interface ReceivedWakes {
  readonly wakes: readonly FoldedWake[];
  /** To be reported as failures of their own, so that they end in the dead-letter queue and nothing else does. */
  readonly broken: readonly { readonly messageId: string; readonly because: string }[];
}

/** A message has 262,144 bytes at most; what is around its entries is counted below. */
const MESSAGE_BYTES_MAX = 250_000;

/** The bodies of the messages that carry a wake: one, unless it is too large. */
export function bodiesOf(wake: DomainWake): readonly string[] {
  const whole = JSON.stringify(wake);
  if (Buffer.byteLength(whole) <= MESSAGE_BYTES_MAX) return [whole];
  const { domain, reconsider } = wake;
  const around = { domain, ...(reconsider === undefined ? {} : { reconsider }) };
  const aroundBytes = bytesOf({ ...around, queueArns: [], ended: [], arrived: [] });
  const packed: Parcel[] = [];
  let parcel: Parcel | undefined;
  let bytes = 0;
  for (const { put, entryBytes } of entriesOf(wake)) {
    if (!parcel || bytes + entryBytes > MESSAGE_BYTES_MAX) {
      parcel = { queueArns: [], ended: [], arrived: [] };
      packed.push(parcel);
      bytes = aroundBytes;
    }
    put(parcel);
    bytes += entryBytes;
  }
  return packed.map((entries) => JSON.stringify({ ...around, ...entries }));
}

interface Parcel {
  readonly queueArns: QueueArn[];
  readonly ended: DomainWake['ended'][number][];
  readonly arrived: DomainWake['arrived'][number][];
}

interface Entry {
  readonly put: (parcel: Parcel) => void;
  readonly entryBytes: number;
}

function entriesOf({ queueArns, ended, arrived }: DomainWake): readonly Entry[] {
  return [
    ...queueArns.map((arn) => ({
      put: ({ queueArns: into }: Parcel) => void into.push(arn),
      entryBytes: bytesOf(arn),
    })),
    ...ended.map((end) => ({
      put: ({ ended: into }: Parcel) => void into.push(end),
      entryBytes: bytesOf(end),
    })),
    ...arrived.map((arrival) => ({
      put: ({ arrived: into }: Parcel) => void into.push(arrival),
      entryBytes: bytesOf(arrival),
    })),
  ];
}

/** With the comma that follows it. */
function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value)) + 1;
}

/** What a batch of messages asks for, folded by domain, in the order in which the domains first came. */
export function wakesOf(records: readonly QueueRecord[]): ReceivedWakes {
  const folded = new Map<string, Fold>();
  const broken: ReceivedWakes['broken'][number][] = [];
  for (const { messageId, body } of records) {
    const wake = parseWake(body);
    if (typeof wake === 'string') broken.push({ messageId, because: wake });
    else {
      const fold = folded.get(wake.domain) ?? newFold();
      folded.set(wake.domain, fold);
      addTo(fold, messageId, wake);
    }
  }
  return { wakes: [...folded].map(([domain, fold]) => foldedWake(domain, fold)), broken };
}

interface Fold {
  readonly messageIds: string[];
  readonly queueArns: Set<QueueArn>;
  readonly ended: Map<string, QueueArn>;
  readonly arrived: Map<QueueArn, JobId>;
  reconsider: boolean;
}

function newFold(): Fold {
  return { messageIds: [], queueArns: new Set(), ended: new Map(), arrived: new Map(), reconsider: false };
}

function addTo(fold: Fold, messageId: string, wake: DomainWake): void {
  fold.messageIds.push(messageId);
  for (const arn of wake.queueArns) fold.queueArns.add(arn);
  for (const { attemptId, queueArn } of wake.ended) {
    fold.ended.set(attemptId, queueArn);
    fold.queueArns.add(queueArn);
  }
  for (const { queueArn, jobId } of wake.arrived) {
    fold.arrived.set(queueArn, jobId); // messages of a group keep their order: the last is the newest
    fold.queueArns.add(queueArn);
  }
  fold.reconsider ||= wake.reconsider === true;
}

function foldedWake(domain: string, fold: Fold): FoldedWake {
  return {
    domain,
    queueArns: [...fold.queueArns],
    ended: [...fold.ended].map(([attemptId, queueArn]) => ({ attemptId, queueArn })),
    arrived: [...fold.arrived].map(([queueArn, jobId]) => ({ queueArn, jobId })),
    reconsider: fold.reconsider,
    messageIds: fold.messageIds,
  };
}

/** The wake, or why this is none: a sentence that names the member and what it held. */
function parseWake(body: string): DomainWake | string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch (error) {
    return `the body is not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!isObject(parsed)) return `the body must be an object, not ${show(parsed)}`;
  const { domain, queueArns, ended, arrived, reconsider } = parsed;
  if (!isText(domain)) return `domain must be a text, not ${show(domain)}`;
  if (!isListOf(queueArns, isText)) return `queueArns must be a list of texts, not ${show(queueArns)}`;
  if (!isListOf(ended, (end) => isObject(end) && isText(end['attemptId']) && isText(end['queueArn'])))
    return `ended must be a list of attemptId and queueArn, not ${show(ended)}`;
  if (!isListOf(arrived, (job) => isObject(job) && isText(job['jobId']) && isText(job['queueArn'])))
    return `arrived must be a list of jobId and queueArn, not ${show(arrived)}`;
  if (reconsider !== undefined && typeof reconsider !== 'boolean')
    return `reconsider must be true or false, not ${show(reconsider)}`;
  // Checked above; that the texts are ARNs and ids of ours was checked by who sent them.
  return { domain, queueArns, ended, arrived, reconsider } as DomainWake;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isListOf(value: unknown, isOne: (entry: unknown) => boolean): value is readonly unknown[] {
  return Array.isArray(value) && value.every(isOne);
}

function show(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 100);
}

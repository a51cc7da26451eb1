// What AWS would charge for, as it is counted while jobs run. Invariant: nothing is estimated here; what a meter cannot see is
// not in it.

/** What Lambda itself writes of an invocation, as text: START, END and REPORT. */
export const PLATFORM_LOG_BYTES = 350;

export interface Usage {
  /** Calls by `service:Operation`. */
  readonly calls: Record<string, number>;
  /** DynamoDB's units by table and, behind a dot, index. */
  readonly writeUnits: Record<string, number>;
  readonly readUnits: Record<string, number>;
  /** States entered, and tried again, by state. */
  readonly transitions: Record<string, number>;
  readonly invocations: Record<string, number>;
  /** Milliseconds of a function times its memory in GiB. */
  readonly gibMilliseconds: Record<string, number>;
  /** By what made them: `audit`, `functions`; `events` are those that the event log keeps. */
  readonly logBytes: Record<string, number>;
  readonly counts: {
    httpRequests: number;
    events: number;
    /** Sends, receives and deletes. */
    fifoRequests: number;
  };
}

export function noUsage(): Usage {
  return {
    calls: {},
    writeUnits: {},
    readUnits: {},
    transitions: {},
    invocations: {},
    gibMilliseconds: {},
    logBytes: {},
    counts: { httpRequests: 0, events: 0, fifoRequests: 0 },
  };
}

/** What an event takes in the event log: EventBridge's envelope around it, and CloudWatch Logs' own 26 bytes. */
export function eventLogBytes(entry: Readonly<Record<string, unknown>>): number {
  // The log's rule leaves these out.
  if (entry['DetailType'] === 'AWS API Call via Slipway') return 0;
  const envelope = {
    version: '0',
    id: '00000000-0000-0000-0000-000000000000',
    'detail-type': entry['DetailType'],
    source: entry['Source'],
    account: '123456789012',
    time: '2026-01-01T00:00:00Z',
    region: 'us-east-1',
    resources: entry['Resources'] ?? [],
    detail: JSON.parse(String(entry['Detail'])) as unknown,
  };
  return Buffer.byteLength(JSON.stringify(envelope)) + 26;
}

export function add(to: Record<string, number>, name: string, more = 1): void {
  to[name] = (to[name] ?? 0) + more;
}

export function total(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((sum, one) => sum + one, 0);
}

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
  /** By what made them: `audit`, `functions`. */
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

export function add(to: Record<string, number>, name: string, more = 1): void {
  to[name] = (to[name] ?? 0) + more;
}

export function total(of: Readonly<Record<string, number>>): number {
  return Object.values(of).reduce((sum, one) => sum + one, 0);
}

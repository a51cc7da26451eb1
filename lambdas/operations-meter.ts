// Counts what a function asks of AWS, invocation by invocation: for `npm run cost -- --deployed`, and only where the function's
// environment asks for it. Invariant: a call is counted as often as it was sent, and is passed on as it was made, but for the
// question to DynamoDB what it consumed.
import type { InitializeMiddleware, MetadataBearer } from '@smithy/types';

/** A line of the log: `operations.metered`. */
export interface MeteredOperations {
  /** Tries, by `service:Operation`. */
  readonly calls: Readonly<Record<string, number>>;
  /** Of these, operations that ended in an error, by `service:Operation ErrorName`. */
  readonly refused: Readonly<Record<string, number>>;
  /** DynamoDB's own figures by `Operation table` or `Operation table.index`. */
  readonly capacity: Readonly<Record<string, number>>;
  /** Events in PutEvents, and bytes of records as CloudWatch Logs counts them. */
  readonly events: number;
  readonly recordBytes: number;
}

export interface OperationsMeter {
  /** For the client of one service, at its `initialize` step. */
  middleware<Input extends object, Output extends MetadataBearer>(
    service: string,
  ): InitializeMiddleware<Input, Output>;
  /** What was counted since the last time. */
  take(): MeteredOperations;
}

/** What CloudWatch Logs adds to each event. */
const EVENT_BYTES = 26;

interface Capacity {
  readonly TableName?: string;
  readonly CapacityUnits?: number;
  readonly Table?: { readonly CapacityUnits?: number };
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>;
}

/** The members of inputs and outputs that are looked at, under the names that the services give them. */
interface Asked {
  readonly Entries?: readonly unknown[];
  readonly logEvents?: readonly { readonly message?: string }[];
}
interface Answered extends Partial<MetadataBearer> {
  readonly ConsumedCapacity?: Capacity | readonly Capacity[];
}

export function createOperationsMeter(): OperationsMeter {
  let count = createCount();
  return {
    middleware: (service) => (next, context) => async (args) => {
      const operation = String(context['commandName']).replace(/Command$/, '');
      const name = `${service}:${operation}`;
      // Every operation that the functions ask of DynamoDB takes this member.
      const input =
        service === 'dynamodb' ? { ...args.input, ReturnConsumedCapacity: 'INDEXES' } : args.input;
      try {
        const result = await next({ ...args, input });
        const output = result.output as Answered;
        add(count.calls, name, output.$metadata?.attempts);
        countCapacity(count.capacity, operation, output);
        countContent(count, operation, args.input);
        return result;
      } catch (error) {
        const { $metadata, name: errorName } = error as Error & Partial<MetadataBearer>; // thrown by the SDK
        add(count.calls, name, $metadata?.attempts);
        add(count.refused, `${name} ${errorName}`);
        throw error;
      }
    },
    take() {
      const taken = count;
      count = createCount();
      return taken;
    },
  };
}

interface Count {
  readonly calls: Record<string, number>;
  readonly refused: Record<string, number>;
  readonly capacity: Record<string, number>;
  events: number;
  recordBytes: number;
}

function createCount(): Count {
  return { calls: {}, refused: {}, capacity: {}, events: 0, recordBytes: 0 };
}

function add(to: Record<string, number>, name: string, more = 1): void {
  to[name] = (to[name] ?? 0) + more;
}

function countCapacity(to: Record<string, number>, operation: string, { ConsumedCapacity }: Answered): void {
  for (const told of [ConsumedCapacity ?? []].flat() as readonly Capacity[]) {
    const indexes = Object.entries(told.GlobalSecondaryIndexes ?? {});
    const inIndexes = indexes.reduce((sum, [, { CapacityUnits = 0 }]) => sum + CapacityUnits, 0);
    const name = `${operation} ${told.TableName}`;
    const inTable = told.Table?.CapacityUnits ?? (told.CapacityUnits ?? 0) - inIndexes;
    if (inTable > 0) add(to, name, inTable);
    for (const [index, { CapacityUnits = 0 }] of indexes) add(to, `${name}.${index}`, CapacityUnits);
  }
}

function countContent(count: Count, operation: string, input: Asked): void {
  if (operation === 'PutEvents') count.events += input.Entries?.length ?? 0;
  if (operation !== 'PutLogEvents') return;
  for (const { message = '' } of input.logEvents ?? []) {
    count.recordBytes += Buffer.byteLength(message) + EVENT_BYTES;
  }
}

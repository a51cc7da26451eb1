// From a request line to the operation it means: REST-JSON paths for Batch, `x-amz-target` for the services beside it.
// Both kinds end in an Endpoint, which the router drives without knowing the protocol's details.
import {
  ClientException,
  InvalidParameterException,
  UnknownOperationException,
  type Protocol,
} from './errors.ts';
import { OPERATION_REQUEST_BYTES } from './limits.ts';
import { isReadOnly } from './operation.ts';
import type {
  JsonOperation,
  JsonService,
  OperationName,
  OperationRegistry,
  RequestContext,
} from './operation.ts';
import { decodePercent, queryValues, readJsonBody, type ApiRequest } from './request.ts';
import {
  httpBinding,
  inputReader,
  operationNames,
  type HttpBinding,
  type InputReader,
} from './shapes/operation-shapes.ts';
import { InvalidInput } from './shapes/parse.ts';

export interface Endpoint {
  readonly service: string;
  readonly operation: string;
  readonly readOnly: boolean;
  /** Throws an ApiError when the request does not have the operation's shape. */
  readInput(request: ApiRequest): object;
  handle(context: RequestContext, input: object): Promise<object>;
}

/** An endpoint beside Batch's own, with answers in the same form. Its paths must not be Batch's. */
export interface SideEndpoint extends Endpoint {
  readonly method: string;
  readonly path: RegExp;
}

/** Finds the endpoint or throws `UnknownOperationException`. */
export type FindEndpoint = (request: ApiRequest) => Endpoint;

export function protocolOf(request: ApiRequest): Protocol {
  return isRoot(request) ? 'json-1.1' : 'rest-json';
}

export function endpointFinder<Deps>(
  operations: OperationRegistry<Deps>,
  deps: Deps,
  services: readonly JsonService[],
  beside: readonly SideEndpoint[] = [],
): FindEndpoint {
  const findBatch = batchFinder(operations, deps);
  const findByTarget = targetFinder(services);
  return (request) => {
    if (isRoot(request)) return findByTarget(request);
    const { method, rawPath } = request;
    return beside.find((side) => side.method === method && side.path.test(rawPath)) ?? findBatch(request);
  };
}

function isRoot(request: ApiRequest): boolean {
  return request.rawPath === '/' || request.rawPath === '';
}

// ---------------------------------------------------------------------------------------------------- AWS Batch

type ByMethod = Map<string, Endpoint>;

function batchFinder<Deps>(operations: OperationRegistry<Deps>, deps: Deps): FindEndpoint {
  const exact = new Map<string, ByMethod>();
  const labelled = new Map<string, ByMethod>();
  for (const name of operationNames()) {
    const { method, path } = httpBinding(name);
    const label = path.indexOf('{');
    const [paths, key] = label < 0 ? [exact, path] : [labelled, path.slice(0, label)];
    const methods = paths.get(key) ?? new Map<string, Endpoint>();
    paths.set(key, methods.set(method, batchEndpoint(name, operations, deps)));
  }
  const prefixes = [...labelled];
  return ({ method, rawPath }) => {
    const methods =
      exact.get(rawPath) ??
      prefixes.find(([prefix]) => rawPath.startsWith(prefix) && rawPath.length > prefix.length)?.[1];
    if (!methods)
      throw new UnknownOperationException(`AWS Batch has no operation at ${excerpt(rawPath)}.`, 404);
    const endpoint = methods.get(method);
    if (endpoint) return endpoint;
    const allowed = [...methods.keys()].join(', ');
    throw new UnknownOperationException(
      `${excerpt(rawPath)} takes ${allowed}; received ${excerpt(method)}.`,
      405,
    );
  };
}

function batchEndpoint<Deps>(name: OperationName, operations: OperationRegistry<Deps>, deps: Deps): Endpoint {
  const binding = httpBinding(name);
  let reader: InputReader | undefined;
  return {
    service: 'batch',
    operation: name,
    readOnly: isReadOnly(name),
    readInput(request) {
      assertOperationSize(name, request);
      reader ??= inputReader(name);
      return readBatchInput(reader, binding, request);
    },
    async handle(context, input) {
      const operation = operations[name];
      if (!operation) throw notOffered(name);
      // `operations[name]` takes the input of `name`, which readInput made; TypeScript cannot follow the correlation.
      return operation.handle({ ...context, deps }, input as never);
    },
  };
}

/** Contract §4.9: a service that does not offer these operations answers ClientException for them. */
function notOffered(name: OperationName): ClientException {
  return /Service(?:Environment|Job)|QuotaShare/.test(name)
    ? new ClientException(
        `The ${name} operation is not offered: service jobs, which run on Amazon SageMaker, are not part of Slipway.`,
      )
    : new ClientException(`The ${name} operation is not offered by Slipway yet.`);
}

function assertOperationSize(name: OperationName, request: ApiRequest): void {
  const limit = OPERATION_REQUEST_BYTES[name];
  const size = request.body.byteLength;
  if (limit === undefined || size <= limit) return;
  throw new ClientException(`The ${name} request has ${size} bytes; at most ${limit} are allowed.`);
}

function readBatchInput(reader: InputReader, binding: HttpBinding, request: ApiRequest): object {
  const { label, query } = reader.places;
  const input: Record<string, unknown> = binding.method === 'POST' ? { ...readJsonBody(request) } : {};
  if (label !== undefined) input[label] = decodePercent(request.rawPath.slice(binding.path.indexOf('{')));
  for (const { member, key } of query) {
    const values = queryValues(request.rawQuery, key);
    if (values.length > 0) input[member] = values;
  }
  return asInput(
    () => reader.parse(input),
    (message) => new ClientException(message),
  );
}

// ------------------------------------------------------------------------------------------------- AWS JSON 1.1

function targetFinder(services: readonly JsonService[]): FindEndpoint {
  const endpoints = new Map<string, Endpoint>();
  for (const service of services) {
    for (const operation of service.operations) {
      endpoints.set(`${service.targetPrefix}.${operation.name}`, jsonEndpoint(service.name, operation));
    }
  }
  return (request) => {
    if (request.method !== 'POST') {
      throw new UnknownOperationException(
        `The root path takes POST; received ${excerpt(request.method)}.`,
        405,
      );
    }
    const target = request.headers['x-amz-target'];
    if (target === undefined) throw new UnknownOperationException('The x-amz-target header is missing.', 404);
    const endpoint = endpoints.get(target);
    if (!endpoint) throw new UnknownOperationException(`Slipway does not offer ${excerpt(target)}.`, 400);
    return endpoint;
  };
}

function jsonEndpoint(service: string, operation: JsonOperation): Endpoint {
  return {
    service,
    operation: operation.name,
    readOnly: isReadOnly(operation.name),
    readInput(request) {
      const body = readJsonBody(request);
      return asInput(
        () => operation.parse(body),
        (message) => new InvalidParameterException(message),
      );
    },
    handle: (context, input) => operation.handle(context, input),
  };
}

/** Runs a parser of a structure and says its refusal in the service's own error type. */
function asInput(parse: () => unknown, refusal: (message: string) => Error): object {
  try {
    // A structure's parser returns an object.
    return parse() as object;
  } catch (error) {
    throw error instanceof InvalidInput ? refusal(error.message) : error;
  }
}

/** Enough of a caller's text to recognise it by. */
function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

// How an operation plugs into the router: what it is given, what it answers, and what the homes hang around every call.
// An operation sees input that already has its shape; rules that need knowledge of Batch are its own to enforce.
import type { EpochMs, Scope } from '../core/ids.ts';
import type { ApiError } from './errors.ts';
import type { SdkTypes } from './shapes/operations.ts';
import type { OperationName } from './shapes/operation-shapes.ts';
import { compileParser } from './shapes/parse.ts';
import type { StructureShape, ValueOf } from './shapes/shape.ts';

export type { OperationName } from './shapes/operation-shapes.ts';

/** Who signed the request, in the words of IAM and CloudTrail. */
export interface Identity {
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly principalId: string;
  /** CloudTrail's `userIdentity.type`: IAMUser, AssumedRole, Root, … */
  readonly type: string;
}

export interface RequestContext {
  readonly scope: Scope;
  readonly identity: Identity;
  readonly requestId: string;
  readonly sourceIp: string;
  readonly userAgent: string;
  /** When the request came in. */
  readonly atMs: EpochMs;
  /** Parts of a bulk call that the caller may not do, as they named them, each with the sentence that refuses it. */
  readonly refusedParts?: ReadonlyMap<string, string>;
}

export interface CallContext<Deps> extends RequestContext {
  readonly deps: Deps;
}

/**
 * An operation's input after validation: required members are there, unknown ones and nulls are gone. Enums have a value
 * of the model; only the retry rules' `action` may come in any case, as Batch documents.
 */
export type InputOf<Name extends OperationName> = Validated<SdkTypes[Name]['input']>;

/** What an operation answers: the SDK's output type, from readonly values. Members that are undefined stay off the wire. */
export type OutputOf<Name extends OperationName> = Readable<Omit<SdkTypes[Name]['output'], '$metadata'>>;

type Validated<T> = T extends readonly (infer Element)[]
  ? readonly Validated<Element>[]
  : T extends object
    ? { readonly [Name in keyof T]: Validated<Exclude<T[Name], undefined>> }
    : T;

type Readable<T> = T extends readonly (infer Element)[]
  ? readonly Readable<Element>[]
  : T extends object
    ? { readonly [Name in keyof T]: Readable<T[Name]> }
    : T;

/** One operation of AWS Batch. Throws `ClientException` for a caller's mistake; anything else it throws is our failure. */
export interface Operation<Name extends OperationName, Deps> {
  readonly name: Name;
  handle(context: CallContext<Deps>, input: InputOf<Name>): Promise<OutputOf<Name>>;
}

/** The operations a home offers. One that needs fewer dependencies than the home has fits as it is. */
export type OperationRegistry<Deps> = { readonly [Name in OperationName]?: Operation<Name, Deps> };

/** One operation of a service that speaks AWS JSON 1.1, its types erased; made by `jsonOperation`. */
export interface JsonOperation {
  readonly name: string;
  parse(body: unknown): unknown;
  handle(context: RequestContext, input: unknown): Promise<object>;
}

/** A service beside Batch, reached by `x-amz-target: <targetPrefix>.<operation>` on the root path. */
export interface JsonService {
  /** IAM's prefix of its actions: `logs`, `ecs`. */
  readonly name: string;
  readonly targetPrefix: string;
  readonly operations: readonly JsonOperation[];
}

export function jsonOperation<S extends StructureShape>(definition: {
  readonly name: string;
  readonly input: S;
  readonly handle: (context: RequestContext, input: ValueOf<S>) => Promise<object>;
}): JsonOperation {
  const parse = compileParser(definition.input);
  return {
    name: definition.name,
    parse: (body) => parse(body, definition.name),
    // The router passes what `parse` above returned.
    handle: (context, input) => definition.handle(context, input as ValueOf<S>),
  };
}

/** A call that has been understood: what authorisation decides about. */
export interface Call {
  /** IAM's prefix: `batch`, `logs`, `ecs`. */
  readonly service: string;
  readonly operation: string;
  readonly readOnly: boolean;
  readonly context: RequestContext;
  readonly input: object;
}

/** A call that has ended: what the audit trail records. No input when it did not have its shape. */
export interface CallRecord extends Omit<Call, 'input'> {
  readonly input?: object;
  readonly outcome:
    | { readonly ok: true; readonly output: object }
    | { readonly ok: false; readonly error: ApiError };
}

/** Whether an operation only reads, as CloudTrail's `readOnly` tells; its verb says so throughout AWS. */
export function isReadOnly(operation: string): boolean {
  return /^(?:Describe|List|Get|Filter)/.test(operation);
}

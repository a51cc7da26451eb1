// Who may do what, and the record of what was done: ports like those of ports.ts.
import type { AccessKeyRecord, ShownAccessKey, UsableAccessKey } from '../core/access/access-key.ts';
import type { AuditRecord } from '../core/access/audit-record.ts';
import type { AccessQuestion, Caller, Decision } from '../core/access/question.ts';

/** What has to be known before a caller's questions can be decided; `nothing`: they may do everything. */
export type Scrutiny = 'nothing' | 'questions' | 'questions-and-tags';

/** Who may do what. */
export interface Authorizer {
  scrutinyOf(caller: Caller): Promise<Scrutiny>;
  /** One decision for each question, in their order. Throws `AccessUndecidedError`; never allows what it does not know. */
  decide(caller: Caller, questions: readonly AccessQuestion[]): Promise<readonly Decision[]>;
}

/** Key pairs of our own, with their policies. What it answers holds secrets only where it says so. */
export interface AccessKeyStore {
  /** With its secret: to check a signature. The text comes from a stranger. */
  find(accessKeyId: string): Promise<UsableAccessKey | undefined>;
  list(): Promise<readonly ShownAccessKey[]>;
  /** With its secret, which nobody is told again. Name and policies have passed `newKeyProblems`. */
  create(name: string, policies: readonly object[]): Promise<AccessKeyRecord>;
  /** A new pair with the name and the policies of another, which stops working `overlapMs` later. With its secret. */
  rotate(accessKeyId: string, overlapMs: number): Promise<AccessKeyRecord | undefined>;
  delete(accessKeyId: string): Promise<'deleted' | 'missing'>;
}

/** Where the audit trail is kept. */
export interface AuditSink {
  record(records: readonly AuditRecord[]): Promise<void>;
}

/** Nobody could say whether a call is allowed, so it is not; the message is a sentence for the caller. */
export class AccessUndecidedError extends Error {
  override readonly name = 'AccessUndecidedError';
  /** Asking again will not help. */
  readonly isFinal: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isFinal: boolean }) {
    super(message, options);
    this.isFinal = options.isFinal;
  }
}

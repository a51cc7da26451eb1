// What access control is about: a caller, the questions that a call of theirs raises, and how each may be answered. A call is
// allowed only when every one of its questions is.

/** Who signed a request, in the words of IAM. */
export interface Caller {
  readonly arn: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly principalId: string;
  /** CloudTrail's `userIdentity.type`: IAMUser, AssumedRole, Root, … */
  readonly type: string;
}

export type ContextType = 'string' | 'stringList' | 'numeric' | 'boolean' | 'date' | 'ip';

/** One condition key of a request. Only a `stringList` may have several values, or none. */
export interface ContextEntry {
  readonly key: string;
  readonly type: ContextType;
  readonly values: readonly string[];
}

/** May the caller do this `action` (`batch:SubmitJob`) to this one resource (an ARN, or `*`)? */
export interface AccessQuestion {
  readonly action: string;
  readonly resource: string;
  readonly context: readonly ContextEntry[];
  /** Only an explicit denial refuses: documented policies do not mention this resource. */
  readonly unlessDenied?: true;
  /** The part of a bulk call that this question is about, as the caller named it; the other parts do not depend on it. */
  readonly part?: string;
}

/** `implicitDeny`: no policy speaks of it. */
export type Decision = 'allowed' | 'implicitDeny' | 'explicitDeny';

export function isRefusal(question: AccessQuestion, decision: Decision): boolean {
  if (decision === 'explicitDeny') return true;
  return decision === 'implicitDeny' && question.unlessDenied !== true;
}

export function entry(key: string, value: string, type: ContextType = 'string'): ContextEntry {
  return { key, type, values: [value] };
}

/** An entry for a value that may be absent; numbers and booleans as their texts. */
export function optionalEntry(
  key: string,
  value: unknown,
  type: ContextType = 'string',
): readonly ContextEntry[] {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return [];
  return [entry(key, String(value), type)];
}

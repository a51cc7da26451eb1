// The router's authorisation, for both homes: reads what the caller's policies may look at, asks, and refuses in AWS's own
// words. A caller who may do everything costs one look at who they are.
import { accessQuestionsOf, taggedResourceOf, withResourceTags } from '../core/access/access-questions.ts';
import type { AccessCall } from '../core/access/call.ts';
import type { AccessQuestion, Decision } from '../core/access/question.ts';
import { isRefusal } from '../core/access/question.ts';
import { parseArn } from '../core/ids.ts';
import type { Tags } from '../core/tags.ts';
import type { Authorizer } from '../engine/access-ports.ts';
import type { TagTargets } from '../engine/store/tags.ts';
import { AccessDeniedException } from './errors.ts';
import type { Call } from './operation.ts';
import type { RefusedParts } from './router.ts';

export interface AccessOptions {
  readonly authorizer: Authorizer;
  readonly tagTargets: TagTargets;
  /** Whether callers reach this home over TLS: `aws:SecureTransport`. */
  readonly isEncrypted: boolean;
}

/** What `authorize` needs of a call; the routes beside the Batch API have no more than this. */
export type AuthorizedCall = Pick<Call, 'service' | 'operation' | 'input'> & {
  readonly context: Pick<Call['context'], 'scope' | 'identity' | 'sourceIp' | 'userAgent' | 'atMs'>;
};

/** `RouterOptions.authorize`. Throws `AccessDeniedException`; answers the parts of a bulk call that are refused. */
export type Authorize = (call: AuthorizedCall) => Promise<RefusedParts | undefined>;

/** Whoever could make a key could make one that may do anything: no policy can allow these. */
const FULL_ACCESS_ONLY: ReadonlySet<string> = new Set([
  'ListAccessKeys',
  'CreateAccessKey',
  'RotateAccessKey',
  'DeleteAccessKey',
]);

export function createAuthorize(options: AccessOptions): Authorize {
  const { authorizer } = options;
  return async (call) => {
    const { identity } = call.context;
    const scrutiny = await authorizer.scrutinyOf(identity);
    if (scrutiny === 'nothing') return undefined;
    if (call.service === 'slipway' && FULL_ACCESS_ONLY.has(call.operation)) {
      const because = 'because only a key without policies may do that';
      throw new AccessDeniedException(identity.arn, `slipway:${call.operation}`, '*', because);
    }
    const bare = accessQuestionsOf(accessCallOf(call, options.isEncrypted));
    const questions =
      scrutiny === 'questions' ? bare : withResourceTags(bare, await readFacts(options.tagTargets, bare));
    const decisions = await authorizer.decide(identity, questions);
    return judge(identity.arn, questions, decisions);
  };
}

function accessCallOf(
  { service, operation, input, context }: AuthorizedCall,
  isEncrypted: boolean,
): AccessCall {
  const { scope, identity, sourceIp, userAgent, atMs } = context;
  return {
    service,
    operation,
    input,
    scope,
    caller: identity,
    sourceIp,
    userAgent,
    at: `${new Date(atMs).toISOString().slice(0, 19)}Z`,
    epochSeconds: Math.floor(atMs / 1_000),
    isEncrypted,
  };
}

/** The tags of all the resources that the questions name. */
async function readFacts(
  targets: TagTargets,
  questions: readonly AccessQuestion[],
): Promise<{ readonly tagsOf: (arn: string) => Tags | undefined }> {
  const arns = new Set(questions.flatMap((question) => taggedResourceOf(question) ?? []));
  const pairs = await Promise.all(
    [...arns].map(async (arn): Promise<readonly [string, Tags | undefined]> => [
      arn,
      await tagsOf(targets, arn),
    ]),
  );
  const known = new Map(pairs);
  return { tagsOf: (arn) => known.get(arn) };
}

async function tagsOf(targets: TagTargets, arn: string): Promise<Tags | undefined> {
  const type = parseArn(arn)?.type;
  const target = Object.entries(targets).find(([name]) => name === type)?.[1];
  return target?.read(arn);
}

function judge(
  callerArn: string,
  questions: readonly AccessQuestion[],
  decisions: readonly Decision[],
): RefusedParts | undefined {
  const refusedParts = new Map<string, string>();
  questions.forEach((question, index) => {
    const decision = decisions[index] ?? 'implicitDeny';
    if (!isRefusal(question, decision)) return;
    const refused = denial(callerArn, question, decision);
    if (question.part === undefined) throw refused;
    refusedParts.set(question.part, refused.message);
  });
  return refusedParts.size === 0 ? undefined : refusedParts;
}

/** AWS's sentence. */
export function denial(
  callerArn: string,
  { action, resource }: Pick<AccessQuestion, 'action' | 'resource'>,
  decision: Decision,
): AccessDeniedException {
  const because =
    decision === 'explicitDeny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  return new AccessDeniedException(callerArn, action, resource, because);
}

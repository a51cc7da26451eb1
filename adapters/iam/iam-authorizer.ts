// Asks IAM itself whether the account's own policies allow a call: SimulatePrincipalPolicy, with everything we know of the
// request. Answers are kept a minute. What IAM cannot be asked about, or does not answer, is not allowed.
import type { ContextEntry as IamContextEntry, EvaluationResult, IAMClient } from '@aws-sdk/client-iam';
import { GetRoleCommand, paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam';
import { TIME_KEYS } from '../../core/access/call.ts';
import type { AccessQuestion, Caller, ContextEntry, Decision } from '../../core/access/question.ts';
import type { Authorizer } from '../../engine/access-ports.ts';
import type { Clock } from '../../engine/ports.ts';
import { AccessUndecidedError } from '../../engine/access-ports.ts';
import { createAnswerCache } from './answer-cache.ts';
import type { RetryPolicy } from '../aws/back-off.ts';
import { PATIENCE, patiently } from './patience.ts';
import { principalOf } from './principal.ts';

export interface IamAuthorizerOptions {
  readonly client: IAMClient;
  /** Callers of other accounts are refused. */
  readonly account: string;
  readonly clock: Clock;
  readonly patience?: RetryPolicy;
}

const KEEP_ANSWERS_MS = 60_000;
const KEEP_ROLES_MS = 10 * 60_000;
const MAX_ANSWERS = 10_000;
const MAX_ROLES = 1_000;
/** Simulations at a time for one call of the API: fifty jobs with tags of their own must not exhaust IAM's rate. */
const PARALLEL = 4;

export function createIamAuthorizer(options: IamAuthorizerOptions): Authorizer {
  const { client, account, clock, patience = PATIENCE } = options;
  const answers = createAnswerCache<Decision>(clock, { keepMs: KEEP_ANSWERS_MS, maxEntries: MAX_ANSWERS });
  const roles = createAnswerCache<string>(clock, { keepMs: KEEP_ROLES_MS, maxEntries: MAX_ROLES });

  /** `undefined`: the account's root. */
  async function arnOfPrincipal(caller: Caller): Promise<string | undefined> {
    const principal = principalOf(caller, account);
    switch (principal.kind) {
      case 'root':
        return undefined;
      case 'user':
        return principal.arn;
      case 'role':
        return roles.get(principal.roleName, () => roleArn(client, patience, principal.roleName));
      case 'unknown':
        throw new AccessUndecidedError(`Access cannot be decided: ${principal.because}.`, { isFinal: true });
    }
  }

  /** All of a group share their action and their context, so that one simulation answers for every resource of it. */
  async function decideGroup(principal: string, group: readonly AccessQuestion[]): Promise<void> {
    const open = new Map<string, PromiseWithResolvers<Decision>>();
    const asked = group.map((question) => {
      const key = answerKey(principal, question);
      return answers.get(key, () => {
        const waiting = Promise.withResolvers<Decision>();
        open.set(question.resource, waiting);
        return waiting.promise;
      });
    });
    const [first] = group;
    if (first && open.size > 0) {
      try {
        const decisions = await simulate(client, patience, principal, first, [...open.keys()]);
        for (const [resource, waiting] of open) waiting.resolve(decisions.get(resource) ?? 'implicitDeny');
      } catch (error) {
        for (const waiting of open.values()) waiting.reject(error);
      }
    }
    await Promise.all(asked);
  }

  return {
    async scrutinyOf(caller) {
      // The account's root may do everything; whatever binds it lies outside IAM's policies.
      return principalOf(caller, account).kind === 'root' ? 'nothing' : 'questions-and-tags';
    },
    async decide(caller, questions) {
      const principal = await arnOfPrincipal(caller);
      if (principal === undefined) return questions.map(() => 'allowed');
      const groups = [...Map.groupBy(questions, groupKey).values()];
      for (let from = 0; from < groups.length; from += PARALLEL) {
        await Promise.all(groups.slice(from, from + PARALLEL).map((group) => decideGroup(principal, group)));
      }
      return Promise.all(
        questions.map((question) =>
          answers.get(answerKey(principal, question), async () => {
            // Only when a minute passed since it was answered above.
            const decisions = await simulate(client, patience, principal, question, [question.resource]);
            return decisions.get(question.resource) ?? 'implicitDeny';
          }),
        ),
      );
    },
  };
}

async function roleArn(client: IAMClient, patience: RetryPolicy, roleName: string): Promise<string> {
  try {
    const { Role } = await patiently(patience, () => client.send(new GetRoleCommand({ RoleName: roleName })));
    if (Role?.Arn !== undefined) return Role.Arn;
  } catch (error) {
    throw undecided(`the role ${roleName} could not be looked up`, error);
  }
  throw undecided(`the role ${roleName} was not found`, undefined);
}

async function simulate(
  client: IAMClient,
  patience: RetryPolicy,
  principal: string,
  question: AccessQuestion,
  resources: readonly string[],
): Promise<ReadonlyMap<string, Decision>> {
  const input = {
    PolicySourceArn: principal,
    ActionNames: [question.action],
    ResourceArns: [...resources],
    ContextEntries: question.context.map(iamEntry),
  };
  try {
    const results = await patiently(patience, async () => {
      const found: EvaluationResult[] = [];
      for await (const page of paginateSimulatePrincipalPolicy({ client }, input)) {
        found.push(...(page.EvaluationResults ?? []));
      }
      return found;
    });
    return new Map(results.flatMap(decisionsOf));
  } catch (error) {
    throw undecided(`IAM did not say whether ${principal} may do ${question.action}`, error);
  }
}

/** A result for each resource; `*` when the action knows no resources. */
function decisionsOf(result: EvaluationResult): readonly (readonly [string, Decision])[] {
  const ofAll: readonly (readonly [string, Decision])[] = [
    [result.EvalResourceName ?? '*', decisionOf(result.EvalDecision)],
  ];
  const specific = (result.ResourceSpecificResults ?? []).map(
    ({ EvalResourceName, EvalResourceDecision }): readonly [string, Decision] => [
      EvalResourceName ?? '*',
      decisionOf(EvalResourceDecision),
    ],
  );
  return [...ofAll, ...specific];
}

/** Anything but a clear permission is none. */
function decisionOf(said: string | undefined): Decision {
  if (said === 'allowed' || said === 'explicitDeny') return said;
  return 'implicitDeny';
}

function iamEntry({ key, type, values }: ContextEntry): IamContextEntry {
  return { ContextKeyName: key, ContextKeyValues: [...values], ContextKeyType: type };
}

function groupKey({ action, context }: AccessQuestion): string {
  return JSON.stringify([action, steady(context)]);
}

/** The time is left out: an answer is a minute old at most. */
function answerKey(principal: string, { action, resource, context }: AccessQuestion): string {
  return JSON.stringify([principal, action, resource, steady(context)]);
}

function steady(context: readonly ContextEntry[]): readonly ContextEntry[] {
  return context.filter(({ key }) => !TIME_KEYS.has(key));
}

function undecided(what: string, cause: unknown): AccessUndecidedError {
  const said = cause instanceof Error ? ` (${cause.name}: ${cause.message})` : '';
  return new AccessUndecidedError(`Access cannot be decided: ${what}${said}. Nothing was done.`, {
    isFinal: false,
    cause,
  });
}

// IAM's own answers: who may do what, by policies that may change at any time. It also remembers what they were, for the witness:
// an answer may be kept for a minute.
import { GetRoleCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { anError } from '../../adapters/stepfunctions/fake-step-functions.ts';

/** What an identity may do: these actions, and of those that name a queue only these queues. */
export interface SimulatedPolicy {
  /** `SubmitJob` */
  readonly actions: readonly string[];
  readonly queues: readonly string[];
}

export interface SimulatedIam {
  /** What IAM does of a client's command. */
  readonly answer: (command: object) => object;
  /** From now on; `role`: by its name, which is in the ARN of a session. */
  setPolicy(role: string, policy: SimulatedPolicy): void;
  /** Whether it was so at any time since then. */
  allowedSince(sinceMs: number, role: string, action: string, queue?: string): boolean;
}

const ROLE = 'arn:aws:iam::123456789012:role/';
const NOTHING: SimulatedPolicy = { actions: [], queues: [] };

export function createSimulatedIam(nowMs: () => number): SimulatedIam {
  /** By role, oldest first. */
  const policies = new Map<string, { readonly fromMs: number; readonly policy: SimulatedPolicy }[]>();
  const policyOf = (role: string): SimulatedPolicy => policies.get(role)?.at(-1)?.policy ?? NOTHING;

  function decide(role: string, action: string, resource: string): string {
    const policy = policyOf(role);
    const queue = /:job-queue\/(.+)$/.exec(resource)?.[1];
    return isAllowed(policy, action.replace('batch:', ''), queue) ? 'allowed' : 'implicitDeny';
  }

  return {
    answer(command) {
      if (command instanceof GetRoleCommand) {
        const { RoleName = '' } = command.input;
        if (!policies.has(RoleName)) throw anError('NoSuchEntityException', `no role ${RoleName}`);
        return { Role: { Arn: `${ROLE}${RoleName}` } };
      }
      if (!(command instanceof SimulatePrincipalPolicyCommand))
        throw new Error('IAM has no such operation here');
      const { PolicySourceArn = '', ActionNames = [], ResourceArns = ['*'] } = command.input;
      const role = PolicySourceArn.slice(ROLE.length);
      return {
        IsTruncated: false,
        EvaluationResults: ActionNames.flatMap((action) =>
          ResourceArns.map((resource) => ({
            EvalActionName: action,
            EvalResourceName: resource,
            EvalDecision: decide(role, action, resource),
          })),
        ),
      };
    },
    setPolicy(role, policy) {
      policies.set(role, [...(policies.get(role) ?? []), { fromMs: nowMs(), policy }]);
    },
    allowedSince(sinceMs, role, action, queue) {
      const history = policies.get(role) ?? [];
      return history.some(({ policy }, index) => {
        const untilMs = history[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
        return untilMs >= sinceMs && isAllowed(policy, action, queue);
      });
    },
  };
}

function isAllowed({ actions, queues }: SimulatedPolicy, action: string, queue: string | undefined): boolean {
  return actions.includes(action) && (queue === undefined || queues.includes(queue));
}

import { GetRoleCommand, IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { createIamAuthorizer } from '../../../adapters/iam/iam-authorizer.ts';
import type { AccessQuestion, Caller } from '../../../core/access/question.ts';
import { entry } from '../../../core/access/question.ts';
import type { Authorizer } from '../../../engine/access-ports.ts';

const ACCOUNT = '123456789012';
const ADA: Caller = {
  arn: `arn:aws:iam::${ACCOUNT}:user/ada`,
  accountId: ACCOUNT,
  accessKeyId: 'AKIA',
  principalId: 'AIDA',
  type: 'IAMUser',
};
const SESSION: Caller = { ...ADA, arn: `arn:aws:sts::${ACCOUNT}:assumed-role/ci/run-7`, type: 'AssumedRole' };
const QUEUE = `arn:aws:batch:eu-west-1:${ACCOUNT}:job-queue/`;

interface Fake {
  readonly authorizer: Authorizer;
  readonly asked: object[];
  nowMs: number;
}

type Answer = (resource: string) => string;

/** IAM as far as it is asked here; `failures` are thrown first, one for each question. */
function fakeIam(answer: Answer, failures: Error[] = []): Fake {
  const asked: object[] = [];
  const client = Object.assign(new IAMClient({ region: 'eu-west-1' }), {
    send: async (command: unknown): Promise<object> => {
      if (command instanceof GetRoleCommand) {
        asked.push({ role: command.input.RoleName });
        if (command.input.RoleName !== 'ci')
          throw Object.assign(new Error('no such role'), { name: 'NoSuchEntity' });
        return { Role: { Arn: `arn:aws:iam::${ACCOUNT}:role/teams/blue/ci` } };
      }
      if (!(command instanceof SimulatePrincipalPolicyCommand)) throw new Error('an unknown command');
      const { PolicySourceArn, ActionNames = [], ResourceArns = [], ContextEntries } = command.input;
      asked.push({
        principal: PolicySourceArn,
        actions: ActionNames,
        resources: ResourceArns,
        context: ContextEntries,
      });
      const failure = failures.shift();
      if (failure) throw failure;
      return {
        EvaluationResults: ResourceArns.map((EvalResourceName) => ({
          EvalActionName: ActionNames[0],
          EvalResourceName,
          EvalDecision: answer(EvalResourceName),
        })),
      };
    },
  });
  const fake: { nowMs: number } = { nowMs: 0 };
  const authorizer = createIamAuthorizer({
    client,
    account: ACCOUNT,
    clock: { now: () => fake.nowMs },
    patience: { maxAttempts: 3, firstWaitMs: 1, maxWaitMs: 2 },
  });
  return Object.assign(fake, { authorizer, asked });
}

function aQuestion(resource: string, given: Partial<AccessQuestion> = {}): AccessQuestion {
  return {
    action: 'batch:SubmitJob',
    resource: QUEUE + resource,
    context: [entry('aws:RequestTag/team', 'x')],
    ...given,
  };
}
const named = (name: string): Error => Object.assign(new Error('slow down'), { name });

describe('IAM', () => {
  it('is asked once for all resources that share action and context, with the context', async () => {
    const iam = fakeIam((resource) => (resource.endsWith('a') ? 'allowed' : 'explicitDeny'));
    expect(await iam.authorizer.decide(ADA, [aQuestion('a'), aQuestion('b'), aQuestion('a')])).toEqual([
      'allowed',
      'explicitDeny',
      'allowed',
    ]);
    expect(iam.asked).toEqual([
      {
        principal: ADA.arn,
        actions: ['batch:SubmitJob'],
        resources: [`${QUEUE}a`, `${QUEUE}b`],
        context: [
          { ContextKeyName: 'aws:RequestTag/team', ContextKeyValues: ['x'], ContextKeyType: 'string' },
        ],
      },
    ]);
  });

  it('is asked about the role of a session, whose path is looked up', async () => {
    const iam = fakeIam(() => 'allowed');
    await iam.authorizer.decide(SESSION, [aQuestion('a')]);
    await iam.authorizer.decide({ ...SESSION, arn: SESSION.arn.replace('run-7', 'run-8') }, [aQuestion('a')]);
    expect(iam.asked).toMatchObject([
      { role: 'ci' },
      { principal: `arn:aws:iam::${ACCOUNT}:role/teams/blue/ci` },
    ]);
    expect(iam.asked).toHaveLength(2);
  });

  it('is not asked again within a minute, whatever the time is in the request', async () => {
    const iam = fakeIam(() => 'allowed');
    const at = (time: string) => aQuestion('a', { context: [entry('aws:CurrentTime', time, 'date')] });
    await iam.authorizer.decide(ADA, [at('2026-11-21T10:00:00Z')]);
    iam.nowMs = 59_000;
    await iam.authorizer.decide(ADA, [at('2026-11-21T10:00:59Z')]);
    expect(iam.asked).toHaveLength(1);
    await iam.authorizer.decide({ ...ADA, arn: `${ADA.arn}2` }, [at('2026-11-21T10:00:59Z')]);
    iam.nowMs = 61_000;
    await iam.authorizer.decide(ADA, [at('2026-11-21T10:01:01Z')]);
    expect(iam.asked).toHaveLength(3);
  });

  it('is asked once by many who ask at the same moment', async () => {
    const iam = fakeIam(() => 'implicitDeny');
    const all = await Promise.all(
      Array.from({ length: 20 }, () => iam.authorizer.decide(ADA, [aQuestion('a')])),
    );
    expect(all.flat()).toEqual(Array.from({ length: 20 }, () => 'implicitDeny'));
    expect(iam.asked).toHaveLength(1);
  });

  it('is asked again when it is too busy, and for a bounded number of times', async () => {
    const patient = fakeIam(() => 'allowed', [named('Throttling'), named('ServiceFailure')]);
    expect(await patient.authorizer.decide(ADA, [aQuestion('a')])).toEqual(['allowed']);
    const busy = fakeIam(
      () => 'allowed',
      Array.from({ length: 3 }, () => named('Throttling')),
    );
    await expect(busy.authorizer.decide(ADA, [aQuestion('a')])).rejects.toMatchObject({
      name: 'AccessUndecidedError',
      isFinal: false,
      message: `Access cannot be decided: IAM did not say whether ${ADA.arn} may do batch:SubmitJob (Throttling: slow down). Nothing was done.`,
    });
    // The failure is not remembered as an answer.
    expect(await busy.authorizer.decide(ADA, [aQuestion('a')])).toEqual(['allowed']);
  });

  it('allows nothing by an answer that is none', async () => {
    const iam = fakeIam(() => 'perhaps');
    expect(await iam.authorizer.decide(ADA, [aQuestion('a')])).toEqual(['implicitDeny']);
  });

  it('need not be asked for the root of the account', async () => {
    const iam = fakeIam(() => 'implicitDeny');
    const root = { ...ADA, arn: `arn:aws:iam::${ACCOUNT}:root`, type: 'Root' };
    expect(await iam.authorizer.scrutinyOf(root)).toBe('nothing');
    expect(await iam.authorizer.decide(root, [aQuestion('a')])).toEqual(['allowed']);
    expect(iam.asked).toEqual([]);
    expect(await iam.authorizer.scrutinyOf(ADA)).toBe('questions-and-tags');
  });

  it.each([
    ['arn:aws:iam::999999999999:user/eve', 'belongs to another account'],
    ['arn:aws:iam::999999999999:root', 'belongs to another account'],
    [`arn:aws:sts::${ACCOUNT}:federated-user/eve`, 'is a federated user'],
    [`arn:aws:iam::${ACCOUNT}:group/x`, 'is of a type that IAM cannot be asked about'],
    ['nobody', 'is no principal of IAM'],
  ])('is not asked for %s, who is let in for that by nobody', async (arn, because) => {
    const iam = fakeIam(() => 'allowed');
    await expect(iam.authorizer.decide({ ...ADA, arn }, [aQuestion('a')])).rejects.toMatchObject({
      isFinal: true,
      message: expect.stringContaining(because),
    });
  });

  it('that does not know a role lets nobody in by it', async () => {
    const iam = fakeIam(() => 'allowed');
    const gone = { ...SESSION, arn: SESSION.arn.replace('ci', 'gone') };
    await expect(iam.authorizer.decide(gone, [aQuestion('a')])).rejects.toThrow(
      'the role gone could not be looked up',
    );
  });
});

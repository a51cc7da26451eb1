import { describe, expect, it } from 'vitest';
import { createAuthorize } from '../../api/access.ts';
import type { AuthorizedCall } from '../../api/access.ts';
import { chooseAuthorizer, createPolicyAuthorizer } from '../../api/policy-authorizer.ts';
import type { Policy } from '../../core/access/policy.ts';
import { parsePolicy } from '../../core/access/policy.ts';
import { AccessUndecidedError } from '../../engine/access-ports.ts';
import { toApiError } from '../../api/errors.ts';
import { IDENTITY } from './sdk-roundtrip.ts';

const QUEUE = 'arn:aws:batch:us-east-1:123456789012:job-queue/blue';

function aPolicy(statement: object): Policy {
  const parsed = parsePolicy({ Version: '2012-10-17', Statement: statement });
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.policy;
}
const allow = (more: object = {}) => aPolicy({ Effect: 'Allow', Action: 'batch:*', Resource: '*', ...more });

function aCall(operation: string, input: object, service = 'batch'): AuthorizedCall {
  const scope = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
  return {
    service,
    operation,
    input,
    context: { scope, identity: IDENTITY, sourceIp: '', userAgent: '', atMs: 0 },
  };
}

/** Authorises under these policies, and tells which tags were read for it. */
function aHome(policies: readonly Policy[] | undefined, tags: Record<string, Record<string, string>> = {}) {
  const read: string[] = [];
  const target = {
    read: async (arn: string) => {
      read.push(arn);
      return tags[arn];
    },
    update: async () => 'missing' as const,
  };
  const authorize = createAuthorize({
    authorizer: createPolicyAuthorizer(async () => policies),
    tagTargets: { 'job-queue': target, job: target },
    isEncrypted: true,
  });
  return { authorize, read };
}

describe('a caller with full access', () => {
  it('may do everything, and nothing is read for it', async () => {
    const { authorize, read } = aHome(undefined);
    expect(await authorize(aCall('DeleteJobQueue', { jobQueue: 'blue' }))).toBeUndefined();
    expect(await authorize(aCall('CreateAccessKey', {}, 'slipway'))).toBeUndefined();
    expect(read).toEqual([]);
  });
});

describe('a caller with policies', () => {
  it('costs a look at tags only when a policy looks at them', async () => {
    const plain = aHome([allow()]);
    await plain.authorize(aCall('DeleteJobQueue', { jobQueue: 'blue' }));
    expect(plain.read).toEqual([]);
    const condition = { StringEquals: { 'aws:ResourceTag/team': 'blue' } };
    const tagged = aHome([allow({ Condition: condition })], { [QUEUE]: { team: 'blue' } });
    await tagged.authorize(aCall('DeleteJobQueue', { jobQueue: 'blue' }));
    expect(tagged.read).toEqual([QUEUE]);
    await expect(tagged.authorize(aCall('DeleteJobQueue', { jobQueue: 'red' }))).rejects.toMatchObject({
      type: 'AccessDeniedException',
      status: 403,
      message:
        `User: ${IDENTITY.arn} is not authorized to perform: batch:DeleteJobQueue on resource: ${QUEUE.replace('blue', 'red')} ` +
        'because no identity-based policy allows the batch:DeleteJobQueue action',
    });
  });

  it('makes no keys, whatever the policy says', async () => {
    const { authorize } = aHome([allow({ Action: '*' })]);
    for (const operation of ['CreateAccessKey', 'ListAccessKeys', 'RotateAccessKey', 'DeleteAccessKey']) {
      await expect(authorize(aCall(operation, {}, 'slipway'))).rejects.toMatchObject({ status: 403 });
    }
    expect(await authorize(aCall('LookupEvents', {}, 'slipway'))).toBeUndefined();
  });

  it('is refused the parts of a bulk call that it may not do, and goes on with the rest', async () => {
    const id = '11111111-2222-4333-8444-555555555555';
    const { authorize } = aHome([allow({ Resource: `arn:aws:batch:*:*:job/${id}` })]);
    const refused = await authorize(aCall('CancelJobs', { jobs: [id, 'other'], reason: 'x' }));
    expect([...(refused ?? [])]).toEqual([
      ['other', expect.stringContaining('is not authorized to perform: batch:CancelJob')],
    ]);
  });

  it('must be allowed to pass the roles it names', async () => {
    const register = aCall('RegisterJobDefinition', {
      jobDefinitionName: 'd',
      containerProperties: { image: 'i', jobRoleArn: 'arn:aws:iam::123456789012:role/r' },
    });
    await expect(aHome([allow()]).authorize(register)).rejects.toThrow(
      'iam:PassRole on resource: arn:aws:iam::123456789012:role/r because no identity-based policy allows the iam:PassRole action',
    );
    const pass = (service: string) =>
      allow({ Action: 'iam:PassRole', Condition: { StringEquals: { 'iam:PassedToService': service } } });
    await aHome([allow(), pass('ecs-tasks.amazonaws.com')]).authorize(register);
    await expect(aHome([allow(), pass('ec2.amazonaws.com')]).authorize(register)).rejects.toThrow(
      'iam:PassRole',
    );
  });

  it('is not held back from a submission by a policy that does not speak of jobs, but by one that denies them', async () => {
    const submit = aCall('SubmitJob', { jobQueue: 'blue', jobDefinition: 'd' });
    const documented = allow({
      Resource: ['arn:aws:batch:*:*:job-queue/*', 'arn:aws:batch:*:*:job-definition/*'],
    });
    expect(await aHome([documented]).authorize(submit)).toBeUndefined();
    const denial = allow({ Effect: 'Deny', Resource: 'arn:aws:batch:*:*:job/*' });
    await expect(aHome([documented, denial]).authorize(submit)).rejects.toThrow(
      'with an explicit deny in an identity-based policy',
    );
  });
});

it('asks the authorizer that knows the caller', async () => {
  const authorizer = chooseAuthorizer(({ accessKeyId }) =>
    createPolicyAuthorizer(async () => (accessKeyId === 'SLIPWAY' ? [] : undefined)),
  );
  expect(await authorizer.scrutinyOf({ ...IDENTITY, accessKeyId: 'SLIPWAY' })).toBe('questions');
  expect(await authorizer.scrutinyOf(IDENTITY)).toBe('nothing');
});

it('answers a question that nobody could decide as what it is', () => {
  const render = (isFinal: boolean) =>
    toApiError(new AccessUndecidedError('because', { isFinal }), 'r', () => undefined);
  expect(render(true)).toMatchObject({ type: 'AccessDeniedException', status: 403, message: 'because' });
  expect(render(false)).toMatchObject({ type: 'ServerException', status: 500, message: 'because' });
});

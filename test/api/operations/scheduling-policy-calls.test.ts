// The life of a scheduling policy as an AWS client sees it.
import {
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  CreateSchedulingPolicyCommand,
  DeleteSchedulingPolicyCommand,
  DescribeSchedulingPoliciesCommand,
  paginateListSchedulingPolicies,
  UpdateSchedulingPolicyCommand,
} from '@aws-sdk/client-batch';
import type { BatchClient, SchedulingPolicyDetail } from '@aws-sdk/client-batch';
import { describe, expect, it } from 'vitest';
import { arnOfType, EC2_ENVIRONMENT, resourceCalls } from './resource-calls.ts';

const policyArn = (name: string): string => arnOfType('scheduling-policy', name);

async function show(
  batch: BatchClient,
  ...arns: readonly string[]
): Promise<readonly SchedulingPolicyDetail[]> {
  return (
    (await batch.send(new DescribeSchedulingPoliciesCommand({ arns: [...arns] }))).schedulingPolicies ?? []
  );
}

describe('scheduling policies', () => {
  it('are created, shown, replaced whole and deleted', async () => {
    const { batch } = resourceCalls();
    const fairsharePolicy = {
      shareDecaySeconds: 3600,
      computeReservation: 1,
      shareDistribution: [{ shareIdentifier: 'A*', weightFactor: 0.125 }, { shareIdentifier: 'B' }],
    };
    const tags = { team: 'a' };
    const created = await batch.send(new CreateSchedulingPolicyCommand({ name: 'p', fairsharePolicy, tags }));
    expect(created).toMatchObject({ name: 'p', arn: policyArn('p') });
    expect(await show(batch, policyArn('p'))).toEqual([
      { name: 'p', arn: policyArn('p'), fairsharePolicy, tags },
    ]);
    await batch.send(
      new UpdateSchedulingPolicyCommand({ arn: policyArn('p'), fairsharePolicy: { computeReservation: 5 } }),
    );
    expect((await show(batch, policyArn('p')))[0]?.fairsharePolicy).toEqual({ computeReservation: 5 });
    await batch.send(new DeleteSchedulingPolicyCommand({ arn: policyArn('p') }));
    expect(await show(batch, policyArn('p'))).toEqual([]);
    await expect(
      batch.send(new DeleteSchedulingPolicyCommand({ arn: policyArn('p') })),
    ).resolves.toBeDefined();
  });
  it('are listed by ARN, page by page', async () => {
    const { batch } = resourceCalls();
    for (const name of ['c', 'a', 'b']) await batch.send(new CreateSchedulingPolicyCommand({ name }));
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateListSchedulingPolicies({ client: batch, pageSize: 2 }, {})) {
      pages.push((page.schedulingPolicies ?? []).map((policy) => policy.arn));
    }
    expect(pages).toEqual([[policyArn('a'), policyArn('b')], [policyArn('c')]]);
  });
  it('stay as long as a queue uses them', async () => {
    const { batch } = resourceCalls();
    await batch.send(
      new CreateComputeEnvironmentCommand({ computeEnvironmentName: 'ce', ...EC2_ENVIRONMENT }),
    );
    await batch.send(new CreateSchedulingPolicyCommand({ name: 'p' }));
    await batch.send(
      new CreateJobQueueCommand({
        jobQueueName: 'q',
        priority: 1,
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'ce' }],
        schedulingPolicyArn: policyArn('p'),
      }),
    );
    await expect(batch.send(new DeleteSchedulingPolicyCommand({ arn: policyArn('p') }))).rejects.toThrow(
      'Cannot delete, found existing JobQueue relationship',
    );
  });
  it('answer a mistake with a ClientException that says what is wrong', async () => {
    const { batch } = resourceCalls();
    await batch.send(new CreateSchedulingPolicyCommand({ name: 'p' }));
    const mistakes: readonly (readonly [call: () => Promise<unknown>, text: string])[] = [
      [() => batch.send(new CreateSchedulingPolicyCommand({ name: 'p' })), 'Object already exists'],
      [
        () => batch.send(new CreateSchedulingPolicyCommand({ name: 'a b' })),
        'Provided name a b is not supported',
      ],
      [
        () => batch.send(new UpdateSchedulingPolicyCommand({ arn: policyArn('no') })),
        `arn ${policyArn('no')} does not exist.`,
      ],
      [
        () =>
          batch.send(
            new UpdateSchedulingPolicyCommand({
              arn: policyArn('p'),
              fairsharePolicy: { computeReservation: 100 },
            }),
          ),
        'fairsharePolicy.computeReservation must be a whole number from 0 to 99, but is 100.',
      ],
      [
        () => batch.send(new DeleteSchedulingPolicyCommand({ arn: 'p' })),
        'arn must be the ARN of a scheduling-policy, but is "p".',
      ],
      [() => show(batch, 'p'), 'arns[0] must be the ARN of a scheduling-policy, but is "p".'],
      [
        () => show(batch, policyArn('p').replace('us-east-1', 'eu-west-1')),
        'arns[0] must belong to account 123456789012',
      ],
    ];
    for (const [call, text] of mistakes) {
      await expect(call()).rejects.toMatchObject({
        name: 'ClientException',
        message: expect.stringContaining(text),
      });
    }
  });
});

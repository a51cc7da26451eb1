// Who may do what, at the endpoint that nothing stands in front of.
import { request } from 'node:http';
import { beforeAll, describe, expect, it } from 'vitest';
import { arnOf, DEFINITION } from './a-deployed-slipway.ts';
import type { ADeployedSlipway } from './a-deployed-slipway.ts';

const READ_ONLY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['batch:Describe*', 'batch:List*'], Resource: '*' }],
};

export function describeAccess(deployed: () => ADeployedSlipway): void {
  let slipway: ADeployedSlipway;
  beforeAll(() => {
    slipway = deployed();
  });

  describe('a request', () => {
    it('is refused without a signature', async () => {
      expect(await unsignedStatus(slipway)).toBe(403);
    });
  });

  describe('a key', () => {
    it('may do what its policy allows, and nothing else', async () => {
      const { batch } = await slipway.as('reader', READ_ONLY);
      const { jobQueues = [] } = await batch.describeJobQueues({ jobQueues: ['default'] });
      expect(jobQueues.map(({ jobQueueArn }) => jobQueueArn)).toEqual([arnOf('job-queue/default')]);
      const submission = batch.submitJob({
        jobName: 'forbidden',
        jobQueue: 'default',
        jobDefinition: DEFINITION,
      });
      await expect(submission).rejects.toMatchObject({
        code: 'AccessDeniedException',
        status: 403,
        message: expect.stringContaining('is not authorized to perform: batch:SubmitJob on resource:'),
      });
    });
  });
}

/** Through the front, as clients come; it passes on what it is sent. */
function unsignedStatus({ emulator, endpoint }: ADeployedSlipway): Promise<number | undefined> {
  const { hostname, port } = new URL(emulator.frontUrl);
  const { host } = new URL(endpoint);
  const headers = { host, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const call = request(
      { hostname, port, headers, method: 'POST', path: '/v1/describejobqueues' },
      (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      },
    );
    call.once('error', reject);
    call.end('{}');
  });
}

// SubmitJob: checks the request on its own, finds its queue and definition, and has the engine accept it.
import { orchestrationTypeOf } from '../../core/definition/definition.ts';
import { submitProblems } from '../../core/definition/validate-submit.ts';
import { acceptsJobs } from '../../core/queue/job-queue.ts';
import type { AcceptDeps } from '../../engine/accept.ts';
import { acceptJob } from '../../engine/accept.ts';
import { findDefinition } from '../../engine/store/definitions.ts';
import { earlierSubmission } from '../../engine/earlier-submission.ts';
import type { Accepted } from '../../engine/earlier-submission.ts';
import { ClientException } from '../errors.ts';
import type { Operation, OutputOf } from '../operation.ts';
import { submissionTokenOf } from '../submission-token.ts';
import { findQueue } from './find-queue.ts';

export const submitJob: Operation<'SubmitJob', AcceptDeps> = {
  name: 'SubmitJob',
  async handle({ deps, scope }, input) {
    const [wrong] = submitProblems(input);
    if (wrong) throw new ClientException(wrong.message);
    // Asked first: a repeated submission is answered whatever has become of the queue and the definition since.
    const token = submissionTokenOf(input);
    const earlier = token && (await earlierSubmission(deps.store, scope, token));
    if (earlier) return answerOf(earlier);
    const queue = await findQueue(deps.store.table, scope, input.jobQueue);
    if (!queue) throw new ClientException(`JobQueue ${input.jobQueue} not found.`);
    if (!acceptsJobs(queue)) {
      throw new ClientException(
        `JobQueue ${input.jobQueue} does not accept jobs: it must be ENABLED and VALID, but is ${queue.state} and ${queue.status}.`,
      );
    }
    if ((queue.schedulingPolicyArn === undefined) !== (input.shareIdentifier === undefined)) {
      throw new ClientException(
        queue.schedulingPolicyArn === undefined
          ? `shareIdentifier must not be given: JobQueue ${queue.name} has no scheduling policy, but it is ${input.shareIdentifier}.`
          : `shareIdentifier is required: JobQueue ${queue.name} has a scheduling policy.`,
      );
    }
    const definition = await findDefinition(deps.store.table, scope, input.jobDefinition);
    if (!('found' in definition)) throw new ClientException(definition.message);
    if (queue.jobQueueType === 'EKS' && orchestrationTypeOf(definition.found.registered) !== 'EKS') {
      throw new ClientException(
        `jobDefinition ${definition.found.definitionArn} must have eksProperties: JobQueue ${queue.name} is of type EKS.`,
      );
    }
    const accepted = await acceptJob(deps, {
      scope,
      queueArn: queue.queueArn,
      definition: definition.found,
      submit: input,
      ...(token === undefined ? {} : { token }),
    });
    return answerOf(accepted);
  },
};

function answerOf(accepted: Accepted): OutputOf<'SubmitJob'> {
  if ('problem' in accepted) throw new ClientException(accepted.problem.message);
  const { job } = accepted;
  return { jobArn: job.jobArn, jobName: job.spec.jobName, jobId: job.jobId };
}

import { describe, expect, it } from 'vitest';
import { jobEnvironment, type EnvironmentSource } from '../../../core/definition/environment.ts';

const ID = '01234567-89ab-cdef-0123-456789abcdef';

function source(changes: Partial<EnvironmentSource> = {}): EnvironmentSource {
  return {
    operator: {},
    container: [],
    executionEnv: 'AWS_ECS_EC2',
    jobId: ID,
    attempt: 1,
    queueName: 'q',
    computeEnvironmentName: 'ce',
    ...changes,
  };
}

const ALWAYS = {
  AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
  AWS_BATCH_JOB_ID: ID,
  AWS_BATCH_JOB_ATTEMPT: '1',
  AWS_BATCH_JQ_NAME: 'q',
  AWS_BATCH_CE_NAME: 'ce',
};

describe('the environment of a job', () => {
  it('says who the job is and where it runs', () => {
    expect(jobEnvironment(source())).toEqual(ALWAYS);
    expect(jobEnvironment(source({ attempt: 3 }))).toEqual({ ...ALWAYS, AWS_BATCH_JOB_ATTEMPT: '3' });
  });

  it('lets the more specific source win', () => {
    const environment = jobEnvironment(
      source({
        operator: { A: 'operator', B: 'operator' },
        container: [
          { name: 'B', value: 'definition' },
          { name: 'C', value: 'definition' },
          { name: 'C', value: 'job' },
        ],
      }),
    );
    expect(environment).toEqual({ ...ALWAYS, A: 'operator', B: 'definition', C: 'job' });
  });

  it('lets nobody replace what the service says', () => {
    const forged = Object.keys(ALWAYS).map((name) => ({ name, value: 'forged' }));
    const operator = Object.fromEntries(forged.map(({ name, value }) => [name, value]));
    expect(jobEnvironment(source({ operator, container: forged }))).toEqual(ALWAYS);
  });

  it('takes a variable without value as empty, and one without name not at all', () => {
    const container = [{ name: 'A' }, { value: 'x' }, { name: '', value: 'x' }];
    expect(jobEnvironment(source({ container }))).toEqual({ ...ALWAYS, A: '' });
  });

  it('tells an array child its index', () => {
    expect(jobEnvironment(source({ jobId: `${ID}:0`, arrayIndex: 0 }))).toEqual({
      ...ALWAYS,
      AWS_BATCH_JOB_ID: `${ID}:0`,
      AWS_BATCH_JOB_ARRAY_INDEX: '0',
    });
  });

  it('tells a node its place, and only child nodes the address of the main one', () => {
    const place = { numNodes: 3, mainNode: 0, mainNodeAddress: '10.0.0.7' };
    const common = { ...ALWAYS, AWS_BATCH_JOB_NUM_NODES: '3', AWS_BATCH_JOB_MAIN_NODE_INDEX: '0' };
    expect(jobEnvironment(source({ node: { ...place, index: 0 } }))).toEqual({
      ...common,
      AWS_BATCH_JOB_NODE_INDEX: '0',
    });
    expect(jobEnvironment(source({ node: { ...place, index: 2 } }))).toEqual({
      ...common,
      AWS_BATCH_JOB_NODE_INDEX: '2',
      AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS: '10.0.0.7',
    });
  });
});

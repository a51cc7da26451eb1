import { describe, expect, it } from 'vitest';
import { EcsUnavailableError, isThrottled, isUnknownOutcome, retrying } from '../../../adapters/ecs/retry.ts';
import { ecsError, SERVER_FAILED, THROTTLED } from './a-fake-ecs.ts';

const QUICK = { maxAttempts: 3, firstWaitMs: 1, maxWaitMs: 1 };

/** Fails with each of these in turn, then answers. */
function failing(...errors: unknown[]): { send: () => Promise<string>; calls: () => number } {
  let calls = 0;
  return {
    send: async () => {
      calls += 1;
      if (calls <= errors.length) throw errors[calls - 1];
      return 'answer';
    },
    calls: () => calls,
  };
}

describe('a call of ECS', () => {
  it('is repeated while ECS refuses it for the moment, or nobody knows what became of it', async () => {
    const { send, calls } = failing(THROTTLED, SERVER_FAILED);
    expect(await retrying(QUICK, 'RunTask', send)).toBe('answer');
    expect(calls()).toBe(3);
  });

  it('ends after the last attempt with ECS’s own error as the cause', async () => {
    const { send, calls } = failing(THROTTLED, THROTTLED, THROTTLED);
    const error = await retrying(QUICK, 'RunTask', send).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EcsUnavailableError);
    expect(error).toMatchObject({
      message: 'ECS RunTask failed after 3 attempt(s): ThrottlingException: Rate exceeded',
      cause: THROTTLED,
    });
    expect(calls()).toBe(3);
  });

  it('is not repeated when another try cannot help', async () => {
    const refusal = ecsError('InvalidParameterException');
    const { send, calls } = failing(refusal);
    await expect(retrying(QUICK, 'RunTask', send)).rejects.toBe(refusal);
    expect(calls()).toBe(1);
  });

  it('takes an answer that was found in another way', async () => {
    const { send, calls } = failing(SERVER_FAILED);
    const asked: string[] = [];
    const found = await retrying(QUICK, 'RunTask', send, async (again) => {
      asked.push(again);
      return 'found';
    });
    expect([found, calls(), asked]).toEqual(['found', 1, ['unknown-outcome']]);
  });
});

describe('an error', () => {
  it.each([
    [THROTTLED, 'throttled'],
    [
      ecsError(
        'ClientException',
        'Too many concurrent attempts to create a new revision of the specified family.',
      ),
      'throttled',
    ],
    [ecsError('ClientException', 'Rate exceeded'), 'throttled'],
    [SERVER_FAILED, 'unknown'],
    [Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }), 'unknown'],
    [Object.assign(new Error('late'), { name: 'TimeoutError' }), 'unknown'],
    [ecsError('ClientException', 'Role is not valid'), 'refused'],
    [new TypeError('a bug'), 'refused'],
  ])('%s is %s', (error, kind) => {
    expect([isThrottled(error), isUnknownOutcome(error)]).toEqual([kind === 'throttled', kind === 'unknown']);
  });
});

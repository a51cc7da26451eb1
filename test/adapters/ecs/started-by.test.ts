import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptIdOf, startedByOf } from '../../../adapters/ecs/started-by.ts';

const uuid = fc.uuid();
const index = fc.integer({ min: 0, max: 9_999 });
const member = fc.oneof(
  fc.constant(''),
  index.map((at) => `:${at}`),
  index.map((at) => `#${at}`),
);
const attempt = fc.integer({ min: 1, max: 10 });
const anyAttemptId = fc.tuple(uuid, member, attempt).map(([id, of, number]) => `${id}${of}/${number}`);

describe('startedBy', () => {
  it('leads back to the attempt, and is what ECS takes', () => {
    fc.assert(
      fc.property(anyAttemptId, (attemptId) => {
        const startedBy = startedByOf(attemptId);
        expect(startedBy).toMatch(/^slipway\/[\w/-]{1,120}$/);
        expect(attemptIdOf(startedBy)).toBe(attemptId);
      }),
    );
  });

  it('is another for another attempt', () => {
    fc.assert(
      fc.property(anyAttemptId, anyAttemptId, (one, other) => {
        expect(startedByOf(one) === startedByOf(other)).toBe(one === other);
      }),
    );
  });

  it('of others is the attempt of nobody here', () => {
    const foreign = fc.oneof(
      fc.string(),
      fc.string().map((text) => `slipway/${text}`),
      fc.constantFrom(undefined, 'ecs-svc/9223370545345641169', 'slipway/', 'AWSBatch-job'),
    );
    fc.assert(
      fc.property(foreign, (startedBy) => {
        expect(attemptIdOf(startedBy)).toBeUndefined();
      }),
    );
  });

  it('is refused for what is no attempt', () => {
    expect(() => startedByOf('job/1')).toThrow(/must be <job id>\/<attempt>, not job\/1/);
  });
});

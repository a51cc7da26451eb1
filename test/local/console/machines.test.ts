// State machines as graphs.
import { describe, expect, it } from 'vitest';
import { readMachine } from '../../../local/console/machines.ts';

describe.each(['job', 'multi-node-job'] as const)('%s', (name) => {
  it('leads from its start to every state, and ends where a job ends', async () => {
    const { start, states } = await readMachine(name);
    const nextOf = new Map(states.map((state) => [state.name, state.next.map(({ to }) => to)]));
    const reached = new Set([start]);
    for (const state of reached) for (const next of nextOf.get(state) ?? []) reached.add(next);
    expect([...reached].sort()).toEqual(states.map((state) => state.name).sort());
    const ends = states.filter(({ next }) => next.length === 0).map((state) => state.name);
    expect(ends.sort()).toEqual(['FAILED', 'SUCCEEDED']);
  });
});

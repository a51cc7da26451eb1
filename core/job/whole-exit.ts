// What the end of a task of several containers comes to when a runtime tells how each ended, but neither which of them are
// essential nor in which order they ended. A task of one container is what its container is.
import type { ContainerExit } from './attempt.ts';
import type { AttemptExit } from './attempt-steps.ts';
import type { TaskContainerSpec } from './spec.ts';

/** How a container ends that is stopped because another has ended: SIGKILL or SIGTERM. */
const STOPPED_CODES: readonly number[] = [137, 143];

/**
 * Exit code 0 when every essential container exited with 0; else the end of an essential one that ended otherwise, rather one
 * that failed by itself than one that was stopped for another's sake. `containers`: as they were asked for; none for a job of
 * one.
 */
export function wholeExit(
  containers: readonly TaskContainerSpec[] | undefined,
  exit: AttemptExit,
): AttemptExit {
  const { containers: told = [], ...whole } = exit;
  if (!containers) return whole;
  // A runtime may add containers of its own; those it does not tell of never ran.
  const ends = containers.map(({ name }) => told.find((end) => end.name === name) ?? { name });
  const isJudged = exit.exitCode !== undefined || exit.reason !== undefined;
  if (isJudged || exit.cause !== 'exited') return { ...whole, containers: ends };
  const essential = ends.filter((_, index) => containers[index]?.essential);
  const culprit = culpritOf(essential);
  if (!culprit) return { ...whole, exitCode: 0, containers: ends };
  const { exitCode, reason } = culprit;
  return {
    ...whole,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(reason === undefined ? {} : { reason }),
    containers: ends,
  };
}

function culpritOf(essential: readonly ContainerExit[]): ContainerExit | undefined {
  const failed = essential.filter(({ exitCode }) => exitCode !== 0);
  const byItself = failed.find(({ exitCode }) => exitCode !== undefined && !STOPPED_CODES.includes(exitCode));
  return byItself ?? failed.find(({ exitCode }) => exitCode !== undefined) ?? failed[0];
}

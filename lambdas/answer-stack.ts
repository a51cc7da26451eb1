// Tells CloudFormation how a custom resource ended, at the address that its event names.
import type { ResourceEvent } from './resource-steps.ts';

export type StackAnswer =
  | { readonly status: 'SUCCESS'; readonly physicalId: string }
  | { readonly status: 'FAILED'; readonly physicalId: string; readonly reason: string };

export type Put = (url: string, body: string) => Promise<{ readonly ok: boolean; readonly status: number }>;

const TRIES = 4;
const FIRST_WAIT_MS = 250;
/** The whole answer may have 4 KB. */
const REASON_MAX = 1_000;

export async function answerStack(
  deps: { readonly put: Put; readonly pause: (ms: number) => Promise<void> },
  event: ResourceEvent,
  answer: StackAnswer,
): Promise<void> {
  // An emulator may name no address: it does not listen.
  if (!event.ResponseURL) return;
  const body = JSON.stringify({
    Status: answer.status,
    PhysicalResourceId: answer.physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    ...(answer.status === 'FAILED' ? { Reason: answer.reason.slice(0, REASON_MAX) } : {}),
    Data: { Arn: answer.physicalId },
  });
  let problem = '';
  for (let tries = 0; tries < TRIES; tries += 1) {
    if (tries > 0) await deps.pause(FIRST_WAIT_MS * 4 ** (tries - 1));
    try {
      const { ok, status } = await deps.put(event.ResponseURL, body);
      if (ok) return;
      problem = `status ${status}`;
    } catch (error) {
      problem = String(error);
    }
  }
  throw new Error(`the stack could not be told of ${event.LogicalResourceId}: ${problem}`);
}

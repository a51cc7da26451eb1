// Cancel and terminate, each behind a question that says what it does.
import { useRef, useState } from 'preact/hooks';
import { RefusedError, UnreachableError, write } from '../server.ts';
import type { JobRow } from '../../api/console/wire.ts';

type Kind = 'cancel' | 'terminate';

const MEANING: Readonly<Record<Kind, string>> = {
  cancel:
    'A job in line fails with your reason and never runs; one that waits for other jobs does so when they have ended. ' +
    'One that is starting or running goes on.',
  terminate:
    'A job that waits fails with your reason, as if it were cancelled. One that runs is stopped: TERM first, and KILL after its grace.',
};

interface StopButtonsProps {
  readonly row: JobRow;
  readonly onStopped: () => void;
}

export function StopButtons({ row, onStopped }: StopButtonsProps) {
  if (row.status === 'SUCCEEDED' || row.status === 'FAILED') return null;
  const canCancel = row.status !== 'STARTING' && row.status !== 'RUNNING';
  return (
    <>
      {canCancel && <StopButton kind="cancel" row={row} onStopped={onStopped} />}
      <StopButton kind="terminate" row={row} onStopped={onStopped} />
    </>
  );
}

function StopButton({ kind, row, onStopped }: StopButtonsProps & { readonly kind: Kind }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const [error, setError] = useState<string>();
  const word = kind === 'cancel' ? 'Cancel job' : 'Terminate';
  const stop = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      await write(`jobs/${encodeURIComponent(row.jobId)}/${kind}`, {
        reason: reason.trim() || 'Stopped in the console',
      });
      dialog.current?.close();
      onStopped();
    } catch (failure) {
      if (!(failure instanceof RefusedError || failure instanceof UnreachableError)) throw failure;
      setError(failure.message);
    }
  };
  return (
    <>
      <button
        type="button"
        class={kind === 'terminate' ? 'danger' : undefined}
        disabled={row.stopping === 'terminate' || row.stopping === kind}
        onClick={() => {
          setError(undefined);
          dialog.current?.showModal();
        }}
      >
        {word}
      </button>
      <dialog ref={dialog} aria-label={word}>
        <form onSubmit={(event) => void stop(event)}>
          <h2>
            {kind === 'cancel' ? 'Cancel' : 'Terminate'} {row.name}?
          </h2>
          <p>{MEANING[kind]}</p>
          {row.children && <p>It is an array: this holds for all of its children.</p>}
          <label>
            Reason
            <input
              name="reason"
              maxLength={1024}
              value={reason}
              placeholder="Stopped in the console"
              onInput={(event) => setReason(event.currentTarget.value)}
            />
          </label>
          {error !== undefined && (
            <p class="bad" role="alert">
              {error}
            </p>
          )}
          <div class="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Keep it
            </button>
            <button type="submit" class="danger">
              {word}
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

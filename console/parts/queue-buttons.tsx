// What may be done to a job that waits: hold it back, let it go on, move it in its line.
import { useRef, useState } from 'preact/hooks';
import { RefusedError, UnreachableError, write } from '../server.ts';
import type { JobAnswer } from '../../api/console/wire.ts';

interface QueueButtonsProps {
  readonly answer: JobAnswer;
  readonly onChanged: () => void;
}

const WAITING: readonly string[] = ['SUBMITTED', 'PENDING', 'RUNNABLE'];

export function QueueButtons({ answer, onChanged }: QueueButtonsProps) {
  const { row, heldAtMs, priority } = answer;
  const dialog = useRef<HTMLDialogElement>(null);
  const [value, setValue] = useState(String(priority ?? 0));
  const [error, setError] = useState<string>();
  // A child that waits may be held by itself; a node has no place of its own.
  if (!WAITING.includes(row.status) || row.kind === 'node') return null;
  const change = async (verb: 'hold' | 'release' | 'priority', body: object = {}): Promise<boolean> => {
    try {
      await write(`jobs/${encodeURIComponent(row.jobId)}/${verb}`, body);
      setError(undefined);
      onChanged();
      return true;
    } catch (failure) {
      if (!(failure instanceof RefusedError || failure instanceof UnreachableError)) throw failure;
      setError(failure.message);
      return false;
    }
  };
  const setPriority = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await change('priority', { priority: Number(value) })) dialog.current?.close();
  };
  return (
    <>
      {error !== undefined && (
        <span class="bad small" role="alert">
          {error}
        </span>
      )}
      <button type="button" onClick={() => void change(heldAtMs === undefined ? 'hold' : 'release')}>
        {heldAtMs === undefined ? 'Hold' : 'Release'}
      </button>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Priority{priority === undefined ? '' : ` ${priority}`} …
      </button>
      <dialog ref={dialog} aria-label="Priority">
        <form onSubmit={(event) => void setPriority(event)}>
          <h2>Priority of {row.name}</h2>
          <p>Among the jobs that wait, the higher goes first. Those without one have 0.</p>
          <label>
            Priority, 0 to 9999
            <input
              type="number"
              min="0"
              max="9999"
              required
              value={value}
              onInput={(event) => setValue(event.currentTarget.value)}
            />
          </label>
          <div class="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Leave it
            </button>
            <button type="submit" class="primary">
              Set
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

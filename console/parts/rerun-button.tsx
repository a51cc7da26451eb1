// Run a job again, with changes: a form that begins as the job was, and the page of the new job after it.
import { useRef, useState } from 'preact/hooks';
import { goTo } from '../address.ts';
import { jobHref } from '../route.ts';
import { RefusedError, UnreachableError, read, write } from '../server.ts';
import { parseWords, quoteWords } from '../words.ts';
import type { JobRow, Rerun, RerunAnswer, RerunContainer, RerunForm } from '../../api/console/wire.ts';
import type { Draft } from './rerun-draft.ts';
import { RerunFields } from './rerun-fields.tsx';

export function RerunButton({ row }: { readonly row: JobRow }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [form, setForm] = useState<RerunForm>();
  const [error, setError] = useState<string>();
  if (row.kind === 'child' || row.kind === 'node') return null;
  const open = async (): Promise<void> => {
    setError(undefined);
    dialog.current?.showModal();
    try {
      setForm(await read<RerunForm>(`jobs/${encodeURIComponent(row.jobId)}/rerun`));
    } catch (failure) {
      if (!(failure instanceof RefusedError || failure instanceof UnreachableError)) throw failure;
      setError(failure.message);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void open()}>
        Run again …
      </button>
      <dialog ref={dialog} class="wide" aria-label="Run again" onClose={() => setForm(undefined)}>
        {form && <Form jobId={row.jobId} form={form} onLeave={() => dialog.current?.close()} />}
        {error !== undefined && (
          <p class="bad" role="alert">
            {error}
          </p>
        )}
        {!form && (
          <div class="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        )}
      </dialog>
    </>
  );
}

interface FormProps {
  readonly jobId: string;
  readonly form: RerunForm;
  readonly onLeave: () => void;
}

function Form({ jobId, form, onLeave }: FormProps) {
  const [jobName, setJobName] = useState(form.jobName);
  const [queue, setQueue] = useState(form.queue);
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => form.containers.map(draftOf));
  const [error, setError] = useState<string>();
  const [isSending, setSending] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const containers = containersOf(drafts);
    if ('problem' in containers) {
      setError(containers.problem);
      return;
    }
    setSending(true);
    try {
      const rerun: Rerun = { jobName: jobName.trim(), queue, containers: containers.ok };
      const { jobId: made } = await write<RerunAnswer>(`jobs/${encodeURIComponent(jobId)}/rerun`, rerun);
      onLeave();
      goTo(jobHref(made));
    } catch (failure) {
      if (!(failure instanceof RefusedError || failure instanceof UnreachableError)) throw failure;
      setError(failure.message);
      setSending(false);
    }
  };
  const change = (place: number, next: Draft): void =>
    setDrafts(drafts.map((draft, index) => (index === place ? next : draft)));
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h2>Run {form.jobName} again</h2>
      <p class="quiet small">
        {form.about} A new job with the same definition, parameters, retries, timeout and tags. It waits for
        no other job.
      </p>
      <div class="pair">
        <label>
          Name
          <input
            name="jobName"
            required
            maxLength={128}
            value={jobName}
            onInput={(event) => setJobName(event.currentTarget.value)}
          />
        </label>
        <label>
          Queue
          <select name="queue" value={queue} onChange={(event) => setQueue(event.currentTarget.value)}>
            {form.queues.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      {drafts.map((draft, place) => (
        <RerunFields key={place} draft={draft} onChange={(next) => change(place, next)} />
      ))}
      {error !== undefined && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={onLeave}>
          Leave it
        </button>
        <button type="submit" class="primary" disabled={isSending}>
          Submit
        </button>
      </div>
    </form>
  );
}

function draftOf({ command, ...container }: RerunContainer): Draft {
  return { ...container, commandText: quoteWords(command) };
}

function containersOf(
  drafts: readonly Draft[],
): { readonly ok: readonly RerunContainer[] } | { readonly problem: string } {
  const containers: RerunContainer[] = [];
  for (const { commandText, ...draft } of drafts) {
    const parsed = parseWords(commandText);
    if ('problem' in parsed)
      return { problem: `Command${draft.label && ` of ${draft.label}`}: ${parsed.problem}` };
    const environment = draft.environment
      .filter(({ name }) => name !== '')
      .map(({ name, value }) => ({ name, value }));
    containers.push({ ...draft, command: parsed.words, environment });
  }
  return { ok: containers };
}

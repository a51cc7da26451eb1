// One container of a job that is to be run again: its command, what it needs, its environment.
import { useState } from 'preact/hooks';
import { isSecret } from '../secrets.ts';
import type { RerunContainer } from '../../api/console/wire.ts';
import type { Draft } from './rerun-draft.ts';

type Variable = RerunContainer['environment'][number];

export function RerunFields({
  draft,
  onChange,
}: {
  readonly draft: Draft;
  readonly onChange: (next: Draft) => void;
}) {
  const { label, commandText, vcpus, memoryMiB, gpus, environment } = draft;
  const field = (name: string, value: string, set: (text: string) => Partial<Draft>, hint = '') => (
    <label>
      {name}
      <input
        inputMode="decimal"
        value={value}
        placeholder={hint}
        onInput={(event) => onChange({ ...draft, ...set(event.currentTarget.value.trim()) })}
      />
    </label>
  );
  return (
    <fieldset>
      {label !== '' && <legend>{label}</legend>}
      <label>
        Command
        <textarea
          rows={Math.min(8, 2 + Math.floor(commandText.length / 70))}
          spellcheck={false}
          value={commandText}
          placeholder="The definition’s or the image’s own command"
          onInput={(event) => onChange({ ...draft, commandText: event.currentTarget.value })}
        />
      </label>
      <div class="trio">
        {field('vCPUs', vcpus, (text) => ({ vcpus: text }))}
        {field('Memory, MiB', memoryMiB, (text) => ({ memoryMiB: text }))}
        {field('GPUs', gpus, (text) => ({ gpus: text }), 'none')}
      </div>
      <Variables variables={environment} onChange={(next) => onChange({ ...draft, environment: next })} />
    </fieldset>
  );
}

interface VariablesProps {
  readonly variables: readonly Variable[];
  readonly onChange: (next: readonly Variable[]) => void;
}

function Variables({ variables, onChange }: VariablesProps) {
  const [isOpen, setOpen] = useState(false);
  const change = (place: number, next: Variable): void =>
    onChange(variables.map((variable, index) => (index === place ? next : variable)));
  const hasSecrets = variables.some(({ name }) => isSecret(name));
  return (
    <div class="edited-variables">
      <p class="small quiet">
        Environment{' '}
        {hasSecrets && (
          <button type="button" class="plain" aria-pressed={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide secrets' : 'Show secrets'}
          </button>
        )}
      </p>
      {variables.map((variable, place) => (
        <div key={place} class="edited-variable">
          <input
            aria-label={`Name of variable ${place + 1}`}
            value={variable.name}
            readOnly={variable.fixed ?? false}
            spellcheck={false}
            onInput={(event) => change(place, { ...variable, name: event.currentTarget.value })}
          />
          <input
            aria-label={`Value of ${variable.name || `variable ${place + 1}`}`}
            class={isSecret(variable.name) && !isOpen ? 'veiled' : undefined}
            value={variable.value}
            autocomplete="off"
            spellcheck={false}
            onInput={(event) => change(place, { ...variable, value: event.currentTarget.value })}
          />
          <button
            type="button"
            class="plain"
            disabled={variable.fixed ?? false}
            title={variable.fixed ? 'The definition has it: it can be changed, not taken out' : 'Take it out'}
            aria-label={`Take out ${variable.name || `variable ${place + 1}`}`}
            onClick={() => onChange(variables.filter((_, index) => index !== place))}
          >
            ×
          </button>
        </div>
      ))}
      <button type="button" class="plain" onClick={() => onChange([...variables, { name: '', value: '' }])}>
        Add a variable
      </button>
    </div>
  );
}

// What was asked for, as it was resolved from the definition and the overrides; values that look secret are shown on request.
import { useState } from 'preact/hooks';
import { formatDuration, formatMemory, shortName } from '../format.ts';
import { isSecret, withoutSecrets } from '../secrets.ts';
import type { Overridden } from '../../api/console/wire.ts';
import { quoteWords } from '../words.ts';

type Json = Readonly<Record<string, unknown>>;

const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null ? { ...value } : {});
const asList = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(asObject) : []);
const asText = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);

interface DefinitionProps {
  /** The job as DescribeJobs answers it. */
  readonly detail: Json;
  readonly overridden?: Overridden | undefined;
}

export function Definition({ detail, overridden }: DefinitionProps) {
  const containers = containersOf(detail);
  const retry = asObject(detail['retryStrategy'])['attempts'];
  const timeout = asObject(detail['timeout'])['attemptDurationSeconds'];
  const parameters = Object.entries(asObject(detail['parameters']));
  const tags = Object.entries(asObject(detail['tags']));
  return (
    <section aria-labelledby="definition">
      <h2 id="definition">Definition</h2>
      <dl class="facts">
        <Fact name="Job definition">{shortName(asText(detail['jobDefinition']))}</Fact>
        <Fact name="Attempts">{retry === undefined || retry === 1 ? '1' : `up to ${asText(retry)}`}</Fact>
        <Fact name="Timeout">
          {typeof timeout === 'number' ? `${formatDuration(timeout * 1000)} for each attempt` : 'none'}
        </Fact>
        {detail['shareIdentifier'] !== undefined && (
          <Fact name="Share">{asText(detail['shareIdentifier'])}</Fact>
        )}
        {parameters.length > 0 && <Fact name="Parameters">{pairsText(parameters)}</Fact>}
        {tags.length > 0 && <Fact name="Tags">{pairsText(tags)}</Fact>}
      </dl>
      {containers.map((container, place) => (
        <Container
          key={place}
          container={container}
          isOneOfSeveral={containers.length > 1}
          overridden={overridden}
        />
      ))}
      <details>
        <summary>As DescribeJobs answers it</summary>
        <pre class="json">{JSON.stringify(withoutSecrets(detail), undefined, 2)}</pre>
      </details>
    </section>
  );
}

function pairsText(pairs: readonly (readonly [string, unknown])[]): string {
  return pairs.map(([name, value]) => `${name} = ${asText(value)}`).join(', ');
}

function containersOf(detail: Json): readonly Json[] {
  const several = asList(asObject(detail['ecsProperties'])['taskProperties']).flatMap((task) =>
    asList(task['containers']),
  );
  if (several.length > 0) return several;
  const groups = asList(asObject(detail['nodeProperties'])['nodeRangeProperties']).map((group) => ({
    name: `Nodes ${asText(group['targetNodes'])}`,
    ...asObject(group['container']),
  }));
  if (groups.length > 0) return groups;
  return detail['container'] === undefined ? [] : [asObject(detail['container'])];
}

interface ContainerProps {
  readonly container: Json;
  readonly isOneOfSeveral: boolean;
  readonly overridden: Overridden | undefined;
}

function Container({ container, isOneOfSeveral, overridden }: ContainerProps) {
  const command = Array.isArray(container['command']) ? container['command'].map(asText) : [];
  const needs = asList(container['resourceRequirements']).map(needText);
  const environment = asList(container['environment']);
  return (
    <>
      {isOneOfSeveral && <h3>{asText(container['name'])}</h3>}
      <dl class="facts">
        <Fact name="Image">{asText(container['image']) || 'none'}</Fact>
        <Fact name={overridden && overridden.needs.length > 0 ? 'Needs (overridden)' : 'Needs'}>
          {needs.join(', ') || 'nothing stated'}
        </Fact>
      </dl>
      <h3>Command{overridden?.command && <span class="mark-over">overridden</span>}</h3>
      <pre class="command" aria-label="Command">
        {quoteWords(command) || 'the image’s own command'}
      </pre>
      {environment.length > 0 && (
        <Environment variables={environment} overridden={new Set(overridden?.environment)} />
      )}
    </>
  );
}

function needText({ type, value }: Json): string {
  const amount = asText(value);
  switch (type) {
    case 'MEMORY':
      return formatMemory(Number(amount));
    case 'VCPU':
      return `${amount} vCPU`;
    default:
      return `${amount} ${asText(type)}`;
  }
}

function Fact({ name, children }: { readonly name: string; readonly children: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface EnvironmentProps {
  readonly variables: readonly Json[];
  /** Names of those that are not as the definition says. */
  readonly overridden: ReadonlySet<string>;
}

function Environment({ variables, overridden }: EnvironmentProps) {
  const [isOpen, setOpen] = useState(false);
  const hidden = variables.filter(({ name }) => isSecret(asText(name))).length;
  return (
    <>
      <h3>
        Environment
        {hidden > 0 && (
          <button type="button" class="plain" aria-pressed={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Hide secrets' : `Show ${hidden} hidden`}
          </button>
        )}
      </h3>
      <dl class="variables">
        {variables.map(({ name, value }, place) => (
          <div key={place}>
            <dt>
              {asText(name)}
              {overridden.has(asText(name)) && <span class="mark-over">overridden</span>}
            </dt>
            <dd>{isSecret(asText(name)) && !isOpen ? '••••••••' : asText(value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

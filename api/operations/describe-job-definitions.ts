// DescribeJobDefinitions: either a list of definitions, or all that match a name and a status, newest first. Unknown ones
// are left out: an empty list is how clients are told that there is none.
import { parseDefinitionReference } from '../../core/definition/definition-reference.ts';
import {
  DEFINITION_STATUSES,
  definitionDetail,
  type JobDefinition,
} from '../../core/definition/definition.ts';
import type { Scope } from '../../core/ids.ts';
import {
  getDefinition,
  getLatestActiveDefinition,
  listDefinitions,
  listRevisions,
  type DefinitionPage,
} from '../../engine/store/definitions.ts';
import type { Table } from '../../engine/table-ports.ts';
import { ClientException } from '../errors.ts';
import { PAGE_SIZE } from '../limits.ts';
import type { InputOf, Operation, OutputOf } from '../operation.ts';
import { readPage, type PageRequest } from '../paging.ts';

type Input = InputOf<'DescribeJobDefinitions'>;
type Output = OutputOf<'DescribeJobDefinitions'>;

export const describeJobDefinitions: Operation<'DescribeJobDefinitions', { readonly table: Table }> = {
  name: 'DescribeJobDefinitions',
  async handle({ deps, scope }, input) {
    const { jobDefinitions = [] } = input;
    if (jobDefinitions.length > 0) {
      refuseOtherMembers(input);
      return answer(await named(deps.table, scope, jobDefinitions));
    }
    const page = readPage('DescribeJobDefinitions', scope, { ...input });
    const { definitions, next } = await matching(deps.table, scope, input, page);
    return { ...answer(definitions), ...page.tokenFor(next) };
  },
};

function answer(definitions: readonly JobDefinition[]): Output {
  // What was registered had passed the shape of the request, which for these members is the shape of the answer.
  return { jobDefinitions: definitions.map(definitionDetail) } as Output;
}

function refuseOtherMembers({ jobDefinitions = [], ...others }: Input): void {
  if (jobDefinitions.length > PAGE_SIZE) {
    throw new ClientException(
      `jobDefinitions must have at most ${PAGE_SIZE} elements, but has ${jobDefinitions.length}.`,
    );
  }
  const [member] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
  if (member !== undefined) {
    throw new ClientException(`jobDefinitions must be the only parameter, but came with ${member}.`);
  }
}

/** In the order of the request. A name without revision stands for its latest ACTIVE one. */
async function named(
  table: Table,
  scope: Scope,
  texts: readonly string[],
): Promise<readonly JobDefinition[]> {
  const found = await Promise.all(
    [...new Set(texts)].map((text) => {
      const parsed = parseDefinitionReference(scope, text);
      if (parsed.kind === 'foreign') throw new ClientException(parsed.because);
      if (parsed.kind === 'malformed') return undefined;
      const { name, revision } = parsed.reference;
      return revision === undefined
        ? getLatestActiveDefinition(table, scope, name)
        : getDefinition(table, scope, name, revision);
    }),
  );
  const definitions = found.filter((definition) => definition !== undefined);
  return [...new Map(definitions.map((definition) => [definition.definitionArn, definition])).values()];
}

async function matching(
  table: Table,
  scope: Scope,
  { jobDefinitionName, status }: Input,
  { limit, after }: PageRequest,
): Promise<DefinitionPage> {
  const known = DEFINITION_STATUSES.find((candidate) => candidate === status);
  if (status !== undefined && known === undefined) return { definitions: [] };
  const query = {
    limit,
    ...(known === undefined ? {} : { status: known }),
    ...(after === undefined ? {} : { after }),
  };
  if (jobDefinitionName === undefined) return listDefinitions(table, scope, query);
  const parsed = parseDefinitionReference(scope, jobDefinitionName);
  // Only a bare name has revisions; anything else names nothing here.
  if (
    parsed.kind !== 'reference' ||
    parsed.reference.form !== 'name' ||
    parsed.reference.revision !== undefined
  ) {
    return { definitions: [] };
  }
  return listRevisions(table, scope, parsed.reference.name, query);
}

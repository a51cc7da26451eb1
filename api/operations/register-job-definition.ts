// RegisterJobDefinition: every rule first, then one new revision, ACTIVE from its first moment.
import { registeredForm } from '../../core/definition/definition.ts';
import { definitionProblems } from '../../core/definition/validate-definition.ts';
import { registerDefinition } from '../../engine/store/definitions.ts';
import type { Table } from '../../engine/table-ports.ts';
import { ClientException } from '../errors.ts';
import type { Operation } from '../operation.ts';

export const registerJobDefinition: Operation<'RegisterJobDefinition', { readonly table: Table }> = {
  name: 'RegisterJobDefinition',
  async handle({ deps, scope, atMs }, input) {
    const [wrong] = definitionProblems(input);
    if (wrong) throw new ClientException(wrong.message);
    const { name, definitionArn, revision } = await registerDefinition(deps.table, scope, {
      name: input.jobDefinitionName,
      type: input.type,
      registered: registeredForm(input),
      tags: input.tags ?? {},
      createdAtMs: atMs,
    });
    return { jobDefinitionName: name, jobDefinitionArn: definitionArn, revision };
  },
};

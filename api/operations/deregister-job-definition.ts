// DeregisterJobDefinition: the revision becomes INACTIVE. Jobs that were accepted keep their copy of it.
import { parseDefinitionReference } from '../../core/definition/definition-reference.ts';
import { deregisterDefinition } from '../../engine/store/definitions.ts';
import type { Table } from '../../engine/table-ports.ts';
import { ClientException } from '../errors.ts';
import type { Operation } from '../operation.ts';

export const deregisterJobDefinition: Operation<'DeregisterJobDefinition', { readonly table: Table }> = {
  name: 'DeregisterJobDefinition',
  async handle({ deps, scope, atMs }, { jobDefinition }) {
    const parsed = parseDefinitionReference(scope, jobDefinition);
    if (parsed.kind !== 'reference') throw new ClientException(parsed.because);
    const { name, revision } = parsed.reference;
    if (revision === undefined) {
      throw new ClientException(
        `jobDefinition must be name:revision or an ARN with a revision, but is ${jobDefinition}.`,
      );
    }
    // A revision that is not there, or no more, is what the caller wanted: clean-up may be repeated.
    await deregisterDefinition(deps.table, scope, name, revision, atMs);
    return {};
  },
};

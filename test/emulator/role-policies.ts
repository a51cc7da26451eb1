// Roles of the deployed stack: which there are, and how it is without what one of them may do.
import type { AnEmulator } from './a-emulator.ts';

/** Names of the account's roles that begin so. */
export async function functionRoles(emulator: AnEmulator, prefix: string): Promise<string[]> {
  const listed = await emulator.query('iam', {
    Action: 'ListRoles',
    Version: '2010-05-08',
    MaxItems: '1000',
  });
  return namesIn(listed, 'RoleName').filter((name) => name.startsWith(prefix));
}

/** Takes a role's inline policies away; what it returns gives them back. */
export async function takePolicies(emulator: AnEmulator, role: string): Promise<() => Promise<void>> {
  const ask = (Action: string, more: Readonly<Record<string, string>> = {}): Promise<string> =>
    emulator.query('iam', { Action, Version: '2010-05-08', RoleName: role, ...more });
  const names = namesIn(await ask('ListRolePolicies'), 'member');
  if (names.length === 0) throw new Error(`the role ${role} has no inline policies`);
  const documents = new Map<string, string>();
  for (const PolicyName of names) {
    const [document = ''] = namesIn(await ask('GetRolePolicy', { PolicyName }), 'PolicyDocument');
    documents.set(PolicyName, decodeURIComponent(document));
    await ask('DeleteRolePolicy', { PolicyName });
  }
  return async () => {
    for (const [PolicyName, PolicyDocument] of documents)
      await ask('PutRolePolicy', { PolicyName, PolicyDocument });
  };
}

function namesIn(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text = '']) => text);
}

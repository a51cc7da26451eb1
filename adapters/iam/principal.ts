// From who signed a request to the principal whose policies IAM can be asked about. What cannot be asked about is refused with
// a sentence that says so: nobody is let in because we could not find out.
import type { Caller } from '../../core/access/question.ts';

export type Principal =
  | { readonly kind: 'root' }
  | { readonly kind: 'user'; readonly arn: string }
  /** The path of a role is not in a session's ARN: it has to be looked up by this name. */
  | { readonly kind: 'role'; readonly roleName: string }
  | { readonly kind: 'unknown'; readonly because: string };

const ARN = /^arn:[^:]+:(iam|sts)::(\d{12}):(.+)$/;

export function principalOf({ arn }: Caller, account: string): Principal {
  const [, , owner, resource = ''] = ARN.exec(arn) ?? [];
  if (owner === undefined) return { kind: 'unknown', because: `${arn} is no principal of IAM` };
  if (owner !== account) {
    return {
      kind: 'unknown',
      because: `${arn} belongs to another account, whose policies cannot be read here`,
    };
  }
  if (resource === 'root') return { kind: 'root' };
  const [type = '', name = ''] = resource.split('/');
  switch (type) {
    case 'user':
      return { kind: 'user', arn };
    case 'role':
      return { kind: 'role', roleName: resource.slice(resource.lastIndexOf('/') + 1) };
    case 'assumed-role':
      return { kind: 'role', roleName: name };
    case 'federated-user':
      return {
        kind: 'unknown',
        because: `${arn} is a federated user, whose session policies IAM does not tell; use a role instead`,
      };
    default:
      return { kind: 'unknown', because: `${arn} is of a type that IAM cannot be asked about` };
  }
}

// What AWS says no to, in words for an owner and in kinds for the scheduler.
import type { FleetTrouble } from '../../core/placement/shortage.ts';
import { isTransient } from './calls.ts';

/** What the owner asked for cannot be; the message is a sentence for them. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** A sentence for the environment's owner; `undefined` for what another try may cure, and for what is no answer of AWS. */
export function refusalOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || isTransient(error)) return undefined;
  if (error instanceof RefusedError) return error.message;
  const { $fault } = error as { $fault?: unknown }; // of every error that a service answers with
  if ($fault !== 'client') return undefined;
  return `${error.name}: ${error.message}`;
}

export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** EC2's codes for what there is no room for, or none at that price, or no quota. Source: EC2 API Reference, "Error codes". */
const CAPACITY =
  /Insufficient\w*Capacity|sufficient \S+ capacity|MaxSpotInstanceCountExceeded|SpotMaxPriceTooLow|InstanceLimitExceeded|VcpuLimitExceeded|Max spot instance count exceeded|UnfulfillableCapacity|request limit|vCPU (?:capacity|limit)/i;
const PERMISSIONS =
  /UnauthorizedOperation|AccessDenied|not authorized|AuthFailure|Client\.InternalError|OptInRequired/i;
const TEXT_MAX = 300;

/** `Client.InternalError` is how EC2 says that a volume's key may not be used. */
export function troubleOf(message: string): FleetTrouble {
  const text = message.length > TEXT_MAX ? `${message.slice(0, TEXT_MAX - 1)}…` : message;
  if (CAPACITY.test(message)) return { kind: 'capacity', message: text };
  return { kind: PERMISSIONS.test(message) ? 'permissions' : 'configuration', message: text };
}

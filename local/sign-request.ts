// A request signed as AWS wants it (SigV4), whoever sends it.
import { Hash } from '@smithy/core/serde';
import { SignatureV4, type SignatureV4Init } from '@smithy/signature-v4';
import type { HttpRequest } from '@smithy/types';

export type Signer = Pick<SignatureV4Init, 'credentials' | 'region' | 'service'>;

/** The headers to send. `path` is as it goes over the wire, `query` is decoded. */
export async function signRequest(signer: Signer, request: HttpRequest): Promise<Record<string, string>> {
  const signature = new SignatureV4({ ...signer, sha256: Hash.bind(null, 'sha256') });
  return (await signature.sign(request)).headers;
}

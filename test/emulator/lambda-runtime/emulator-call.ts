// Calls that the runtime makes itself, for what Lambda does around a function.
export type Fields = Readonly<Record<string, unknown>>;

/** The emulator's own administrator: for what Lambda, and not the function, does. */
export const ROOT_KEY = 'test';

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}; // JSON objects have string keys
}

export interface EmulatorCall {
  readonly key: string;
  readonly path?: string;
  readonly target?: string;
  readonly body?: unknown;
}

/** The emulator takes the caller from the key's name and checks no signature, so none is made. */
export async function callEmulator(
  service: string,
  { key, path = '/', target, body }: EmulatorCall,
): Promise<Fields> {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
  const scope = `${day}/${process.env['AWS_REGION']}/${service}/aws4_request`;
  const response = await fetch(`${process.env['AWS_ENDPOINT_URL']}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${key}/${scope}, SignedHeaders=host, Signature=none`,
      ...(target ? { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${target ?? path}: ${response.status} ${text}`);
  return fieldsOf(text === '' ? {} : JSON.parse(text));
}

// Secrets from a JSON file that the operator names: what Secrets Manager and Parameter Store are on AWS. Read anew for each
// attempt, so that a change needs no restart.
//
//   { "arn:aws:secretsmanager:…:secret:token": "value", "database": { "user": "u", "password": "p" }, "/app/key": "value" }
import { readFile } from 'node:fs/promises';
import type { FoundSecret, Secrets } from '../../engine/launch-ports.ts';

type Entry = string | Readonly<Record<string, string>>;

/** A sentence for the operator: which file, and what is wrong with it. Values are never part of it. */
export class SecretsFileError extends Error {
  override readonly name = 'SecretsFileError';
}

/** Reads the file once to find out at once when it cannot be used. Throws `SecretsFileError`. */
export async function openSecretsFile(file: string): Promise<Secrets> {
  await readEntries(file);
  return {
    async find(valueFrom) {
      try {
        return findIn(await readEntries(file), valueFrom);
      } catch (error) {
        if (!(error instanceof SecretsFileError)) throw error;
        // The caller of Batch is not the operator: where the file lies is none of their business.
        return { found: false, because: 'the secrets file of this server cannot be read any more' };
      }
    },
  };
}

/** For a server whose operator named no file. */
export const NO_SECRETS: Secrets = {
  find: (valueFrom) =>
    Promise.resolve({
      found: false,
      because: `${valueFrom} is asked for, but this server has no secrets (slipway local --secrets FILE)`,
    }),
};

async function readEntries(file: string): Promise<ReadonlyMap<string, Entry>> {
  let entries: unknown;
  try {
    entries = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    // A parser's message quotes the text, which is secret.
    const why = error instanceof SyntaxError ? 'it is not valid JSON' : String(error);
    throw new SecretsFileError(`The secrets file ${file} cannot be read: ${why}.`);
  }
  if (!isObject(entries)) throw new SecretsFileError(`The secrets file ${file} must hold a JSON object.`);
  const wrong = Object.entries(entries).find(([, entry]) => !isEntry(entry));
  if (wrong === undefined) return new Map(Object.entries(entries) as [string, Entry][]); // as isEntry found
  throw new SecretsFileError(
    `The secrets file ${file}: ${JSON.stringify(wrong[0])} must be a string or an object of strings.`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEntry(value: unknown): value is Entry {
  if (typeof value === 'string') return true;
  return isObject(value) && Object.values(value).every((member) => typeof member === 'string');
}

function findIn(entries: ReadonlyMap<string, Entry>, valueFrom: string): FoundSecret {
  const whole = entries.get(valueFrom);
  if (whole !== undefined) return { found: true, value: textOf(whole) };
  const { names, key } = parseReference(valueFrom);
  const name = names.find((candidate) => entries.has(candidate));
  const entry = name === undefined ? undefined : entries.get(name);
  if (entry === undefined) return { found: false, because: `there is no secret ${valueFrom}` };
  if (key === undefined) return { found: true, value: textOf(entry) };
  const value = memberOf(entry, key);
  return value === undefined
    ? { found: false, because: `the secret of ${valueFrom} has no key ${key}` }
    : { found: true, value };
}

/** The names under which an entry may stand, the closest first, and the JSON key that is meant. */
function parseReference(valueFrom: string): { readonly names: readonly string[]; readonly key?: string } {
  const [arn, , service, region, account, ...rest] = valueFrom.split(':');
  if (arn !== 'arn') return { names: [valueFrom.replace(/^\//, ''), `/${valueFrom}`] };
  if (service === 'ssm') {
    const name = rest.join(':').replace(/^parameter/, '');
    return { names: [name, name.slice(1)] };
  }
  // …:secret:<name>:<key>:<version stage>:<version id>, the last three optional, and empty where they are left out.
  const [, name = '', key] = rest;
  const base = ['arn', valueFrom.split(':')[1], service, region, account, 'secret', name].join(':');
  // Secrets Manager adds six characters to a secret's name in its ARN.
  const names = [base, name, base.replace(/-\w{6}$/, ''), name.replace(/-\w{6}$/, '')];
  return { names, ...(key ? { key } : {}) };
}

/** As Secrets Manager keeps keys and values: one JSON text. */
function textOf(entry: Entry): string {
  return typeof entry === 'string' ? entry : JSON.stringify(entry);
}

function memberOf(entry: Entry, key: string): string | undefined {
  const members: unknown = typeof entry === 'string' ? parseJson(entry) : entry;
  if (!isObject(members)) return undefined;
  const value = new Map<string, unknown>(Object.entries(members)).get(key);
  return typeof value === 'string' ? value : value === undefined ? undefined : JSON.stringify(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a plain value has no keys
  }
}

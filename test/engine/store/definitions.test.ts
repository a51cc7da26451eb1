import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteStore, type SqliteStore } from '../../../adapters/sqlite/open-sqlite-store.ts';
import { registeredForm, type JobDefinition } from '../../../core/definition/definition.ts';
import { definitionArnOf } from '../../../core/definition/definition-reference.ts';
import type { Table } from '../../../engine/table-ports.ts';
import {
  deregisterDefinition,
  findDefinition,
  getDefinition,
  getDefinitionTags,
  getLatestActiveDefinition,
  listDefinitions,
  listRevisions,
  registerDefinition,
  updateDefinitionTags,
  type DefinitionPage,
  type DefinitionQuery,
} from '../../../engine/store/definitions.ts';
import { aDefinitionInput } from '../../core/definition/definition-builders.ts';

const SCOPE = { partition: 'aws', region: 'us-east-1', account: '123456789012' };
const ELSEWHERE = { ...SCOPE, region: 'eu-west-1' };
const DAY_MS = 24 * 3600 * 1000;

let nowMs: number;
let store: SqliteStore;
let table: Table;

beforeEach(() => {
  nowMs = 1_700_000_000_000;
  store = openSqliteStore({ file: ':memory:', clock: { now: () => nowMs } });
  table = store.table;
});
afterEach(() => store.close());

function register(name = 'd', scope = SCOPE): Promise<JobDefinition> {
  const input = aDefinitionInput({ jobDefinitionName: name });
  nowMs += 1;
  return registerDefinition(table, scope, {
    name,
    type: input.type,
    registered: registeredForm(input),
    tags: { made: 'here' },
    createdAtMs: nowMs,
  });
}

async function registerMany(count: number, name = 'd'): Promise<void> {
  for (let made = 0; made < count; made += 1) await register(name);
}

const deregister = (revision: number, name = 'd') =>
  deregisterDefinition(table, SCOPE, name, revision, nowMs);
const latest = async (name = 'd') => (await getLatestActiveDefinition(table, SCOPE, name))?.revision;
const numbers = ({ definitions }: DefinitionPage) => definitions.map(({ revision }) => revision);
const names = ({ definitions }: DefinitionPage) =>
  definitions.map(({ name, revision }) => `${name}:${revision}`);

describe('registering', () => {
  it('counts the revisions of a name from 1', async () => {
    const first = await register();
    expect(first).toMatchObject({ revision: 1, status: 'ACTIVE', name: 'd', tags: { made: 'here' } });
    expect(first.definitionArn).toBe('arn:aws:batch:us-east-1:123456789012:job-definition/d:1');
    expect((await register()).revision).toBe(2);
    expect((await register('other')).revision).toBe(1);
    expect((await register('d', ELSEWHERE)).revision).toBe(1);
  });

  it('gives back what was registered', async () => {
    const registered = await register();
    expect(await getDefinition(table, SCOPE, 'd', 1)).toEqual(registered);
  });

  it('gives concurrent registrations of one name distinct numbers', async () => {
    const made = await Promise.all(Array.from({ length: 30 }, () => register()));
    const revisions = made.map(({ revision }) => revision).sort((a, b) => a - b);
    expect(revisions).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(await latest()).toBe(30);
  });

  it('never uses a number again, also when its row has expired', async () => {
    await register();
    await deregister(1);
    nowMs += 181 * DAY_MS;
    expect(await getDefinition(table, SCOPE, 'd', 1)).toBeUndefined();
    expect((await register()).revision).toBe(2);
  });
});

describe('deregistering', () => {
  it('sets one revision INACTIVE and keeps it describable for 180 days', async () => {
    await registerMany(2);
    expect(await deregister(1)).toBe('deregistered');
    nowMs += 179 * DAY_MS;
    expect(await getDefinition(table, SCOPE, 'd', 1)).toMatchObject({
      status: 'INACTIVE',
      tags: { made: 'here' },
    });
    expect(await getDefinition(table, SCOPE, 'd', 2)).toMatchObject({ status: 'ACTIVE' });
    nowMs += 2 * DAY_MS;
    expect(await getDefinition(table, SCOPE, 'd', 1)).toBeUndefined();
  });

  it('may be repeated, and tells what is not there', async () => {
    await register();
    expect(await deregister(1)).toBe('deregistered');
    expect(await deregister(1)).toBe('deregistered');
    expect(await deregister(2)).toBe('missing');
    expect(await deregister(1, 'unknown')).toBe('missing');
  });

  it('makes the latest ACTIVE revision below the latest', async () => {
    await registerMany(4);
    await deregister(3);
    expect(await latest()).toBe(4);
    await deregister(4);
    expect(await latest()).toBe(2);
    await deregister(1);
    await deregister(2);
    expect(await latest()).toBeUndefined();
    await register();
    expect(await latest()).toBe(5);
  });

  it('finds the latest ACTIVE revision below rows that have expired', async () => {
    await registerMany(4);
    await deregister(2);
    await deregister(3);
    nowMs += 181 * DAY_MS;
    await deregister(4);
    expect(await latest()).toBe(1);
  });

  it('leaves an exact latest ACTIVE revision when many deregister at once', async () => {
    await registerMany(8);
    await Promise.all([8, 7, 5, 3, 6].map((revision) => deregister(revision)));
    expect(await latest()).toBe(4);
  });
});

describe('finding what SubmitJob names', () => {
  const ARN = 'arn:aws:batch:us-east-1:123456789012:job-definition/d';

  beforeEach(async () => {
    await registerMany(3);
    await deregister(2);
    await deregister(3);
  });

  it.each([
    ['the latest ACTIVE revision of a name', 'd'],
    ['a revision of a name', 'd:1'],
    ['the latest ACTIVE revision of an ARN', ARN],
    ['a revision of an ARN', `${ARN}:1`],
  ])('finds %s', async (_name, text) => {
    expect(await findDefinition(table, SCOPE, text)).toMatchObject({
      found: { revision: 1, definitionArn: `${ARN}:1` },
    });
  });

  it.each([
    ['x', 'not-found-by-name', 'JobDefinition name x does not exist or is not in ACTIVE status'],
    ['d:9', 'not-found-by-name', 'JobDefinition name d:9 does not exist or is not in ACTIVE status'],
    ['d:2', 'inactive', 'JobDefinition name d:2 does not exist or is not in ACTIVE status'],
    ['d:x', 'not-found-by-name', 'JobDefinition name d:x does not exist or is not in ACTIVE status'],
    [`${ARN}:9`, 'not-found-by-arn', `JobDefinition ${ARN}:9 not found.`],
    [`${ARN}x`, 'not-found-by-arn', `JobDefinition ${ARN}x not found.`],
    [`${ARN}:2`, 'inactive', `JobDefinition ${ARN}:2 is not in ACTIVE status.`],
    ['arn:nonsense', 'not-found-by-arn', 'JobDefinition arn:nonsense not found.'],
  ])('refuses %s', async (text, reason, message) => {
    expect(await findDefinition(table, SCOPE, text)).toEqual({ reason, message });
  });

  it('refuses an ARN of another Region', async () => {
    const elsewhere = 'arn:aws:batch:eu-west-1:123456789012:job-definition/d:1';
    expect(await findDefinition(table, SCOPE, elsewhere)).toMatchObject({ reason: 'foreign' });
  });

  it('refuses a name whose revisions are all INACTIVE', async () => {
    await deregister(1);
    expect(await findDefinition(table, SCOPE, 'd')).toMatchObject({ reason: 'not-found-by-name' });
  });
});

describe('listing', () => {
  async function pagesOf(
    list: (query: DefinitionQuery) => Promise<DefinitionPage>,
    query: DefinitionQuery,
  ): Promise<DefinitionPage[]> {
    const pages: DefinitionPage[] = [];
    let after: string | undefined;
    do {
      const page = await list({ ...query, ...(after === undefined ? {} : { after }) });
      pages.push(page);
      after = page.next;
    } while (after !== undefined && pages.length < 20);
    return pages;
  }

  it('shows all revisions of a name, newest first', async () => {
    await registerMany(12);
    await registerMany(1, 'd-other');
    await deregister(11);
    const page = await listRevisions(table, SCOPE, 'd', { limit: 100 });
    expect(numbers(page)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(page.next).toBeUndefined();
    expect(numbers(await listRevisions(table, ELSEWHERE, 'd', { limit: 100 }))).toEqual([]);
  });

  it('fills pages of one status past the others', async () => {
    await registerMany(9);
    for (const revision of [2, 3, 5, 8, 9]) await deregister(revision);
    const active = await pagesOf((query) => listRevisions(table, SCOPE, 'd', query), {
      status: 'ACTIVE',
      limit: 3,
    });
    expect(active.map(numbers)).toEqual([[7, 6, 4], [1]]);
    const inactive = await pagesOf((query) => listRevisions(table, SCOPE, 'd', query), {
      status: 'INACTIVE',
      limit: 100,
    });
    expect(inactive.map(numbers)).toEqual([[9, 8, 5, 3, 2]]);
  });

  it('shows every definition of the Region once, newest first, page by page', async () => {
    await registerMany(2, 'b');
    await registerMany(2, 'a');
    await register('c', ELSEWHERE);
    await deregister(1, 'b');
    const pages = await pagesOf((query) => listDefinitions(table, SCOPE, query), { limit: 3 });
    expect(pages.flatMap(names)).toEqual(['a:2', 'a:1', 'b:2', 'b:1']);
    expect(pages[0]?.definitions).toHaveLength(3);
  });

  it('shows the definitions of one status', async () => {
    await registerMany(2, 'b');
    await registerMany(1, 'a');
    await deregister(2, 'b');
    expect(names(await listDefinitions(table, SCOPE, { status: 'ACTIVE', limit: 10 }))).toEqual([
      'a:1',
      'b:1',
    ]);
    expect(names(await listDefinitions(table, SCOPE, { status: 'INACTIVE', limit: 10 }))).toEqual(['b:2']);
  });
});

describe('the tags of a revision', () => {
  it('can be read and changed, whatever its status', async () => {
    const { definitionArn } = await register();
    await deregister(1);
    expect(await getDefinitionTags(table, definitionArn)).toEqual({ made: 'here' });
    expect(await updateDefinitionTags(table, definitionArn, (tags) => ({ ...tags, more: 'x' }))).toBe(
      'updated',
    );
    expect(await getDefinitionTags(table, definitionArn)).toEqual({ made: 'here', more: 'x' });
    expect(names(await listDefinitions(table, SCOPE, { status: 'INACTIVE', limit: 10 }))).toEqual(['d:1']);
    nowMs += 181 * DAY_MS;
    expect(await getDefinitionTags(table, definitionArn)).toBeUndefined();
  });

  it('keep every one of many concurrent changes', async () => {
    const { definitionArn } = await register();
    await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        updateDefinitionTags(table, definitionArn, (tags) => ({ ...tags, [`k${index}`]: '' })),
      ),
    );
    expect(Object.keys((await getDefinitionTags(table, definitionArn)) ?? {})).toHaveLength(11);
  });

  it('are missing where there is no revision', async () => {
    const unknown = definitionArnOf(SCOPE, 'unknown', 1);
    expect(await getDefinitionTags(table, unknown)).toBeUndefined();
    expect(await updateDefinitionTags(table, unknown, (tags) => tags)).toBe('missing');
  });

  it('stay as they were when the change is refused', async () => {
    const { definitionArn } = await register();
    const refused = updateDefinitionTags(table, definitionArn, () => {
      throw new RangeError('too many');
    });
    await expect(refused).rejects.toThrow('too many');
    expect(await getDefinitionTags(table, definitionArn)).toEqual({ made: 'here' });
  });
});

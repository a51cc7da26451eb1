// The cost of a query must follow its answer, not the table: SQLite's own plan says whether it does.
import { expect, test } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/open-database.ts';
import { pageToken } from '../../../adapters/sqlite/page-token.ts';
import { countStatement, pageStatement } from '../../../adapters/sqlite/row-queries.ts';
import type { IndexQuery } from '../../../engine/table-ports.ts';

const position = { sort: 'm', pk: 'pk', sk: 'sk' };
const base: IndexQuery = { table: 'jobs', partition: 'p', limit: 10 };
const shapes = (['listing', 'work', undefined] as const).flatMap((index) =>
  [true, false].flatMap((descending): IndexQuery[] => {
    const query = { ...base, descending, ...(index && { index }) };
    return [query, { ...query, from: 'a', to: 'z' }, { ...query, after: pageToken(query, position) }];
  }),
);

function planOf(sql: string, values: readonly (string | number | null)[]): string {
  const db = openDatabase(':memory:');
  const steps = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values);
  db.close();
  return steps.map((step) => String(step['detail'])).join('; ');
}

test.each(shapes)('a page is one range of one index, with nothing to sort: %o', (query) => {
  const { sql, values } = pageStatement(query, 0);
  const plan = planOf(sql, values);
  const index = query.index ? `INDEX jobs_${query.index[0]}` : 'INDEX sqlite_autoindex_jobs_1';
  expect(plan).toMatch(new RegExp(`^SEARCH jobs USING ${index} \\([^;]*\\)$`));
  if (query.after) expect(plan).toMatch(query.index ? /\(\w+,pk,sk\)[<>]/ : /sk[<>]/);
});

test.each(shapes.filter((query) => query.index === 'listing'))(
  'a page of several partitions is merged from one range of each: %o',
  (query) => {
    const several: IndexQuery = { ...query, partition: ['p', 'q', 'r'] };
    const after = query.after === undefined ? {} : { after: pageToken(several, position) };
    const { sql, values } = pageStatement({ ...several, ...after }, 0);
    const plan = planOf(sql, values);
    expect(plan).not.toContain('TEMP B-TREE');
    expect(plan.match(/MERGE \(UNION ALL\)/g)).toHaveLength(2);
    expect(plan.match(/SEARCH jobs USING INDEX jobs_l \(lp=\?/g)).toHaveLength(3);
  },
);

test.each(shapes.filter((query) => query.index && !query.after))(
  'a count reads the index only: %o',
  (query) => {
    const { sql, values } = countStatement({ ...query, partition: 'p' }, 0);
    expect(planOf(sql, values)).toContain(`USING COVERING INDEX jobs_${query.index?.[0]}`);
  },
);

// What is known of the machines in a cluster: a row each, a row for an infrastructure update and one for the last trouble. They
// are written by whoever hears of them; the scheduler reads them with each pass and alone decides what they mean for the fleet.
import type { EpochMs } from '../../core/ids.ts';
import type {
  ContainerInstance,
  FleetReplacement,
  FleetReport,
  Machinery,
} from '../../core/placement/container-instance.ts';
import type { InstanceReport } from '../../core/placement/machine-news.ts';
import { isSameJson } from '../../core/placement/same-json.ts';
import type { Key, Table } from '../table-ports.ts';

const INSTANCE = 'instance#';
const REPLACEMENT = 'replacement';
const REPORT = 'report';
/** So long is remembered that a machine is gone: no report is later than that. */
const GONE_SECONDS = 24 * 60 * 60;
const WRITES_MAX = 5;

function partitionOf(clusterArn: string): string {
  return `machines#${clusterArn}`;
}

function keyOf(clusterArn: string, sk: string): Key {
  return { pk: partitionOf(clusterArn), sk };
}

export async function loadMachinery(table: Table, clusterArn: string): Promise<Machinery> {
  const instances: ContainerInstance[] = [];
  let others: Omit<Machinery, 'instances'> = {};
  let after: string | undefined;
  do {
    const page = await table.query({
      table: 'queues',
      partition: partitionOf(clusterArn),
      limit: 1_000,
      ...(after === undefined ? {} : { after }),
    });
    for (const { sk, body } of page.rows) {
      // Each kind of row is written by one function below.
      if (sk === REPLACEMENT) others = { ...others, replacement: body as FleetReplacement };
      else if (sk === REPORT) others = { ...others, report: body as FleetReport };
      else instances.push(...presentOf(body as InstanceReport));
    }
    after = page.next;
  } while (after !== undefined);
  return { ...others, instances };
}

function presentOf({ instance }: InstanceReport): readonly ContainerInstance[] {
  return instance ? [instance] : [];
}

/**
 * Whether it told anything new. A report that is older than what is known, or says the same, is none: ECS reports an instance
 * with every task that comes or goes.
 */
export async function putInstance(
  table: Table,
  clusterArn: string,
  id: string,
  report: InstanceReport,
  atMs: EpochMs,
): Promise<boolean> {
  const key = keyOf(clusterArn, `${INSTANCE}${id}`);
  for (let attempt = 1; ; attempt += 1) {
    const row = await table.get('queues', key);
    const known = row?.body as InstanceReport | undefined; // written below
    if (known && known.version >= report.version) return false;
    // Never heard of, and gone, are the same.
    if (isSameJson(known?.instance, report.instance)) return false;
    const expires = report.instance ? {} : { expiresAtS: expiryOf(atMs) };
    const written = await table.write([
      {
        kind: 'put',
        table: 'queues',
        row: { ...key, body: report, ...expires },
        ifVersion: row?.version ?? 0,
      },
    ]);
    if (written.ok) return true;
    if (attempt === WRITES_MAX)
      throw new Error(`instance ${id} of ${clusterArn} was written by others ${attempt} times`);
  }
}

/** Its id never comes again, so every report of it is an older one. */
const GONE: InstanceReport = { version: Number.MAX_SAFE_INTEGER };

/**
 * Those that nothing is heard of any more: whoever has seen the whole cluster calls it for what was not there. That they are gone
 * is remembered, as after a report of it: what was told of them before may yet come.
 */
export async function dropInstance(
  table: Table,
  clusterArn: string,
  id: string,
  atMs: EpochMs,
): Promise<void> {
  const row = { ...keyOf(clusterArn, `${INSTANCE}${id}`), body: GONE, expiresAtS: expiryOf(atMs) };
  await table.write([{ kind: 'put', table: 'queues', row }]);
}

function expiryOf(atMs: EpochMs): number {
  return Math.floor(atMs / 1000) + GONE_SECONDS;
}

/** Begun again for the same generation, its end stays where it was. */
export async function beginReplacement(
  table: Table,
  clusterArn: string,
  replacement: FleetReplacement,
): Promise<void> {
  const row = await table.get('queues', keyOf(clusterArn, REPLACEMENT));
  const known = row?.body as FleetReplacement | undefined; // written below
  if (known?.generation !== replacement.generation)
    await putOnly(table, clusterArn, REPLACEMENT, replacement);
}

export async function putReport(table: Table, clusterArn: string, report: FleetReport): Promise<void> {
  await putOnly(table, clusterArn, REPORT, report);
}

async function putOnly(table: Table, clusterArn: string, sk: string, body: object): Promise<void> {
  await table.write([{ kind: 'put', table: 'queues', row: { ...keyOf(clusterArn, sk), body } }]);
}

/** The environment is gone: nobody reads these rows again. */
export async function forgetMachinery(table: Table, clusterArn: string): Promise<void> {
  const { instances } = await loadMachinery(table, clusterArn);
  const rows = [...instances.map(({ id }) => `${INSTANCE}${id}`), REPLACEMENT, REPORT];
  await Promise.all(
    rows.map((sk) => table.write([{ kind: 'delete', table: 'queues', key: keyOf(clusterArn, sk) }])),
  );
}

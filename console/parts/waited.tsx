// The jobs that a job still waits for, and how each of them has to end.
import type { Awaited } from '../../api/console/wire.ts';
import { JobTable } from './job-table.tsx';

const ENDS: readonly (readonly [Awaited['end'], string])[] = [
  ['SUCCESS', 'Waits for the success of'],
  ['ANY', 'Waits for the end of, however they end'],
  ['FAILURE', 'Waits for the failure of'],
];

export function Waited({ waitsFor }: { readonly waitsFor: readonly Awaited[] }) {
  return (
    <>
      {ENDS.map(([end, title]) => {
        const rows = waitsFor.filter((awaited) => awaited.end === end).map(({ row }) => row);
        if (rows.length === 0) return null;
        return (
          <section key={end}>
            <h2>{title}</h2>
            <JobTable rows={rows} label={title} />
          </section>
        );
      })}
    </>
  );
}

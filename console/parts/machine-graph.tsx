// The state machine that a job runs in, with the state it is in lit and those it has been in marked.
import { useLoaded } from '../hooks.ts';
import { read } from '../server.ts';
import type { MachineAnswer, MachinePlace } from '../../api/console/wire.ts';
import { Graph } from './graph.tsx';
import { Failure } from './notices.tsx';

export function MachineGraph({ place }: { readonly place: MachinePlace }) {
  const { value, error, reload } = useLoaded(`machine-${place.name}`, (signal) =>
    read<MachineAnswer>(`machines/${place.name}`, signal),
  );
  if (error !== undefined) return <Failure message={error} again={reload} />;
  if (!value) return null;
  const visited = new Set(place.path);
  const taken = new Set(place.path.slice(1).map((state, index) => `${place.path[index]} ${state}`));
  return (
    <>
      <Graph
        label={`State machine; ${place.current === undefined ? 'not entered yet' : `in ${place.current}`}`}
        boxes={value.states.map(({ name, type, comment }) => ({
          id: name,
          name,
          look: `state-${type} ${lookOf(name, place.current, visited)}`,
          title: `${name}: ${comment}`,
          isCurrent: name === place.current,
        }))}
        arrows={value.states.flatMap(({ name, next }) =>
          next.map(({ to, when }) => ({
            from: name,
            to,
            ...(when === undefined ? {} : { label: when }),
            look: taken.has(`${name} ${to}`) ? 'arrow-taken' : '',
          })),
        )}
      />
      {place.current === undefined && (
        <p class="quiet small">It enters the state machine when it is placed: waiting needs none.</p>
      )}
    </>
  );
}

function lookOf(name: string, current: string | undefined, visited: ReadonlySet<string>): string {
  const tint = name === 'TIMED_OUT' ? 'FAILED' : name === 'NODES_STARTING' ? 'STARTING' : name;
  if (name === current) return `lit status-${tint}`;
  return visited.has(name) ? `visited status-${tint}` : 'unvisited';
}

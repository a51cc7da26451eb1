// What the server in this process says while it works: one JSON line per event on stderr. Only what goes wrong is shown
// unless everything is asked for.
import type { Output } from './terminal.ts';

export function createServerLog(output: Output, everything: boolean): (event: object) => void {
  return (event) => {
    if (everything || isAlarming(event)) output.write(`${JSON.stringify(event)}\n`);
  };
}

function isAlarming(event: object): boolean {
  return 'level' in event && (event.level === 'error' || event.level === 'warn');
}

// Writes docs/reference from the sources: the command line from its own program, the configuration from its options and tables,
// the events from what builds them. `npx node scripts/generate-reference.ts`; a test holds the written files to it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliPage } from './generate-reference/cli-page.ts';
import { configurationPage } from './generate-reference/configuration-page.ts';
import { eventsPage } from './generate-reference/events-page.ts';

export const REFERENCE_FOLDER = join(import.meta.dirname, '../docs/reference');

/** Each page by its file's name. */
export function referencePages(): ReadonlyMap<string, string> {
  return new Map([
    ['cli.md', cliPage()],
    ['configuration.md', configurationPage()],
    ['events.md', eventsPage()],
  ]);
}

if (import.meta.main) {
  mkdirSync(REFERENCE_FOLDER, { recursive: true });
  for (const [name, text] of referencePages()) writeFileSync(join(REFERENCE_FOLDER, name), text);
}

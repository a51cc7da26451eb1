// `npm run bench`: measures what test/bench has, one after the other, because two at once would measure each other.
// `npm run bench -- array 2000`: one of them, with its own arguments. Nothing here fails by a time.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runInForeground } from '../bin/bundled-node.mjs';
import { prepare, projectFolder } from './install.mjs';

/** Needs root and a Docker Engine of its own, so it runs only when it is asked for. */
const ON_REQUEST = ['docker-runtime'];

const node = prepare();
const folder = join(projectFolder, 'test', 'bench');
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();
const [wanted, ...args] = process.argv.slice(2);

if (wanted !== undefined && !known.includes(wanted)) {
  console.error(`There is no benchmark ${wanted}; there are ${known.join(', ')}.`);
  process.exit(2);
}
const chosen = wanted === undefined ? known.filter((name) => !ON_REQUEST.includes(name)) : [wanted];
for (const name of chosen) {
  console.log(`\n${name}`);
  const code = await runInForeground(node, [join(folder, `${name}.ts`), ...args], { cwd: projectFolder });
  if (code !== 0) process.exitCode = code;
}

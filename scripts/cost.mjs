// `npm run cost`: runs jobs through the functions of the cloud home, meters every AWS operation, and prints dollars per million jobs.
// Needs Java and Maven, for DynamoDB Local. `npm run cost -- --jobs 500`: so many at once.
// `npm run cost -- --deployed`: through the deployed stack, in an emulator of AWS; needs Docker, cargo and Python.
import { join } from 'node:path';
import { runInForeground } from '../bin/bundled-node.mjs';
import { prepare, projectFolder } from './install.mjs';

const node = prepare();
const program = join(projectFolder, 'test', 'cost', 'print-cost.ts');
process.exitCode = await runInForeground(node, [program, ...process.argv.slice(2)], { cwd: projectFolder });

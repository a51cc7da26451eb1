// The `slipway` process: runs one command line in this process's terminal. Started by slipway.mjs, on a Node that can.
import { runCli } from './cli.ts';
import { processTerminal } from './terminal.ts';

// Not process.exit(): what is still in the pipe to a slow reader would be lost.
process.exitCode = await runCli(process.argv.slice(2), processTerminal());

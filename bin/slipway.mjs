#!/usr/bin/env -S node --max-semi-space-size=4
// The `slipway` command. Runs slipway.ts on a Node that can: this one when it is new enough, else the bundled one.
// The semi-space is kept small because a server with a long queue is to stay small: a burst of jobs would otherwise leave
// over a hundred megabytes of young garbage resident. Both ways of starting pass it on.
import module from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBundledNode, isNewEnough, noNodeMessage, runInForeground } from './bundled-node.mjs';

// Resolved through symbolic links, so that it is the real folder under `npm link` and `npx` too.
const here = fileURLToPath(import.meta.url);

if (isNewEnough(process.versions.node)) {
  // Node 22 announces type stripping and node:sqlite as experimental on every start; users can do nothing about it.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    if (type !== 'ExperimentalWarning' || process.env.SLIPWAY_DEBUG) emitWarning(warning, ...rest);
  };
  // Keeps the sources compiled, types stripped, in the temporary folder: saves a third of each start.
  module.enableCompileCache?.();
  await import('./slipway.ts');
} else {
  const node = findBundledNode(dirname(here));
  if (node) {
    try {
      process.exitCode = await runInForeground(node, [...process.execArgv, here, ...process.argv.slice(2)]);
    } catch (error) {
      console.error(`slipway: the bundled Node does not start here (${error.message}).\n${noNodeMessage()}`);
      process.exitCode = 1;
    }
  } else {
    console.error(`slipway: ${noNodeMessage()}`);
    process.exitCode = 1;
  }
}

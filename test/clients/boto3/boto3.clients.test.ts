// boto3 against a local server. Each Python script is a group of scenarios in a Region of its own; each of its tests is
// shown as a test here, by what the script says of it.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PythonEnvironment } from '../python-environment.ts';
import { pythonEnvironment } from '../python-environment.ts';
import type { TestServer } from '../a-server.ts';
import { aServer, SHARED_KEY } from '../a-server.ts';

/** The scripts run side by side: Regions do not see each other. */
const REGION_OF = {
  'jobs.py': 'us-east-1',
  'arrays_and_dependencies.py': 'us-east-2',
  'retries_and_timeouts.py': 'us-west-1',
  'stopping.py': 'us-west-2',
  'logs.py': 'eu-west-1',
  'listing.py': 'eu-west-2',
  'definitions.py': 'eu-west-3',
  'resources.py': 'eu-north-1',
  'mistakes.py': 'ap-south-1',
  'nodes_and_containers.py': 'sa-east-1',
  'capacity.py': 'ca-central-1',
  'callers.py': 'ap-southeast-1',
  'client_patterns.py': 'ap-northeast-1',
} as const;
type Script = keyof typeof REGION_OF;
const SCRIPTS = Object.keys(REGION_OF) as Script[]; // the keys just written
const SCRIPT_LIMIT_MS = 170_000;

interface Outcome {
  /** `Class.method`. */
  readonly test: string;
  readonly failure: string | null;
}
interface ScriptRun {
  readonly outcomes: readonly Outcome[];
  /** What it said beside its outcomes: why it broke off, if it did. */
  readonly stderr: string;
}

let server: TestServer;
const runs = new Map<Script, Promise<ScriptRun>>();

beforeAll(async () => {
  const python = await pythonEnvironment();
  server = await aServer();
  for (const script of SCRIPTS) runs.set(script, runScript(python, script));
});
afterAll(async () => {
  await Promise.allSettled(runs.values());
  await server?.stop();
});

for (const script of SCRIPTS) {
  describe(script, () => {
    it.each(testsOf(script))('%s: %s', async (group, title) => {
      const { outcomes, stderr } = await (runs.get(script) ?? Promise.reject(new Error('was not started')));
      const outcome = outcomes.find(({ test }) => test === methodOf(group, title));
      if (!outcome) expect.fail(`${script} ended before this test:\n${stderr}`);
      if (outcome.failure !== null) expect.fail(outcome.failure);
      expect(outcome.failure).toBeNull();
    });
  });
}

/** The tests of a script, as [class, title], in the order in which they stand. */
function testsOf(script: Script): [string, string][] {
  const text = readFileSync(join(import.meta.dirname, script), 'utf8');
  let group = '';
  return [...text.matchAll(/^class (\w+)|^ {4}def (test_\w+)/gm)].flatMap(([, name, test]) => {
    if (name !== undefined) group = name;
    return test === undefined ? [] : [[group, titleOf(test)] as [string, string]];
  });
}

function titleOf(method: string): string {
  return method.replace(/^test_/, '').replaceAll('_', ' ');
}

function methodOf(group: string, title: string): string {
  return `${group}.test_${title.replaceAll(' ', '_')}`;
}

async function runScript(python: PythonEnvironment, script: Script): Promise<ScriptRun> {
  const env = {
    ...server.clientEnvironment,
    AWS_DEFAULT_REGION: REGION_OF[script],
    SHARED_ACCESS_KEY_ID: SHARED_KEY.accessKeyId,
    SHARED_SECRET_ACCESS_KEY: SHARED_KEY.secretAccessKey,
    SHARED_SESSION_TOKEN: SHARED_KEY.sessionToken,
  };
  const options = { cwd: import.meta.dirname, env, timeout: SCRIPT_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    // A script with failed tests ends with 1; what counts is what it printed.
    execFile(python.python, [script], options, (_error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      resolve({ outcomes: lines.map((line) => JSON.parse(line) as Outcome), stderr }); // printed by slipway_case.py
    });
  });
}

// What the functions of the job machines share.
import { launchNodes } from '../engine/launch-nodes.ts';
import type { MachineDeps } from '../engine/machine-deps.ts';
import { awaitProgress, launchAttempt } from '../engine/machine-functions.ts';
import { composeLauncher } from './compose-launcher.ts';
import { clock, composeStore } from './compose-store.ts';
import { composeWorkflows } from './compose-workflows.ts';
import { readConfig } from './config.ts';
import { readLaunchNodesRequest, readWaitRequest } from './machine-payloads.ts';
import { STOP_GRACE_SECONDS, taskOf } from './task-settings.ts';
import { createTelemetry, measured } from './telemetry.ts';

type MachineFunction = 'launch' | 'launch-nodes' | 'await';
type Handler = (payload: unknown) => Promise<unknown>;

export function composeMachineFunction(name: MachineFunction): Handler {
  const config = readConfig(name);
  const telemetry = createTelemetry(name);
  const { store, table } = composeStore(config, telemetry);
  const { launcher, settled } = composeLauncher(config, store, telemetry);
  const deps: MachineDeps = {
    store,
    clock,
    workflows: composeWorkflows(config, table, telemetry),
    launcher,
    taskOf,
    stopGraceSeconds: STOP_GRACE_SECONDS,
  };
  const work = workOf(name, deps);
  return (payload) =>
    measured(telemetry, async () => {
      const answer = await work(payload);
      await settled();
      return answer;
    });
}

function workOf(name: MachineFunction, deps: MachineDeps): Handler {
  switch (name) {
    case 'launch':
      return (payload) => launchAttempt(deps, readWaitRequest(payload));
    case 'await':
      return (payload) => awaitProgress(deps, readWaitRequest(payload));
    case 'launch-nodes':
      return (payload) => launchNodes(deps, readLaunchNodesRequest(payload));
  }
}

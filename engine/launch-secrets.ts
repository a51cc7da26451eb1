// Gives containers the secrets that their definitions name. Invariant: a value exists in the environment of the container it
// is for and nowhere else, so no row, event, log or description can show it.
import type { ContainerSpec } from '../core/job/spec.ts';
import type { ContainerTask, Launcher, Secrets } from './launch-ports.ts';

/** ECS's words; what could not be found follows. */
const UNABLE = 'ResourceInitializationError: unable to pull secrets or registry auth: ';

type Pulled =
  | { readonly ok: true; readonly values: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly because: string };

/**
 * A launcher whose containers find their `secrets` in their environment. An attempt with a secret that cannot be found does
 * not start. As on AWS, all of a task's containers are looked at before the first of them starts; each gets its own values
 * when it is started, so the launcher of single containers below has to be wrapped as well.
 *
 * `logConfiguration.secretOptions` are not pulled here: they belong to the log driver, and whoever runs one has to.
 */
export function withSecrets(inner: Launcher, secrets: Secrets): Launcher {
  return {
    ...inner,
    async start(task) {
      const { containers, spec } = task;
      if (containers !== undefined) {
        const pulled = await pull(
          secrets,
          containers.flatMap((container) => container.spec.secrets ?? []),
        );
        return pulled.ok ? inner.start(task) : { started: false, reason: `${UNABLE}${pulled.because}` };
      }
      if (!spec.secrets?.length) return inner.start(task);
      const pulled = await pull(secrets, spec.secrets);
      if (!pulled.ok) return { started: false, reason: `${UNABLE}${pulled.because}` };
      return inner.start(withValues(task, pulled.values));
    },
  };
}

async function pull(secrets: Secrets, wanted: NonNullable<ContainerSpec['secrets']>): Promise<Pulled> {
  const values: Record<string, string> = {};
  for (const { name, valueFrom } of wanted) {
    const answer = await secrets.find(valueFrom);
    if (!answer.found) return { ok: false, because: answer.because };
    values[name] = answer.value;
  }
  return { ok: true, values };
}

/** What has been honoured is taken out of the specification: a runtime that does not know secrets has nothing left to say. */
function withValues(task: ContainerTask, values: Readonly<Record<string, string>>): ContainerTask {
  const { secrets: _honoured, ...spec } = task.spec;
  // The service's own variables win over everything, as in core/definition/environment.ts.
  const own = Object.entries(task.environment).filter(([name]) => name.startsWith('AWS_BATCH_'));
  return { ...task, spec, environment: { ...task.environment, ...values, ...Object.fromEntries(own) } };
}

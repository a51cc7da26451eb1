// Task definitions by family, made when they are missing. A family's name holds the hash of its content, so that any revision
// of it will do; two functions that register one at the same time make two revisions that say the same.
import { DescribeTaskDefinitionCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import type { TaskDefinition } from '@aws-sdk/client-ecs';
import type { EcsCalls } from './clusters.ts';
import { ECS_RETRY, retrying } from './retry.ts';
import type { DefinitionContent } from './task-definition.ts';

export interface TaskDefinitions {
  /** With revision. Throws what ECS answers when it will not register the content. */
  arnOf(family: string, content: DefinitionContent): Promise<string>;
  /** What was remembered does not hold any more: somebody deregistered it. */
  forget(family: string): void;
}

/** Far more than a function meets in its life, and small: a name and an ARN each. */
const REMEMBERED_MAX = 5_000;

export function createTaskDefinitions({ client, retry = ECS_RETRY }: EcsCalls): TaskDefinitions {
  const known = new Map<string, Promise<string>>();

  async function find(family: string): Promise<string | undefined> {
    try {
      const { taskDefinition } = await retrying(retry, 'DescribeTaskDefinition', () =>
        client.send(new DescribeTaskDefinitionCommand({ taskDefinition: family })),
      );
      return arnOfActive(taskDefinition);
    } catch (error) {
      // `Unable to describe task definition.`: there is no active one.
      if (error instanceof Error && MISSING.has(error.name)) return undefined;
      throw error;
    }
  }

  async function register(family: string, content: DefinitionContent): Promise<string> {
    const command = new RegisterTaskDefinitionCommand({ family, ...content });
    const { taskDefinition } = await retrying(retry, 'RegisterTaskDefinition', () => client.send(command));
    const arn = taskDefinition?.taskDefinitionArn;
    if (arn === undefined) throw new Error(`ECS registered ${family} without telling its ARN`);
    return arn;
  }

  return {
    arnOf(family, content) {
      const remembered = known.get(family);
      if (remembered) return remembered;
      const made = find(family).then((arn) => arn ?? register(family, content));
      if (known.size >= REMEMBERED_MAX) known.clear();
      known.set(family, made);
      made.catch(() => known.delete(family)); // the caller gets the error; the next one asks again
      return made;
    },
    forget: (family) => void known.delete(family),
  };
}

const MISSING: ReadonlySet<string> = new Set(['ClientException', 'InvalidParameterException']);

function arnOfActive(definition: TaskDefinition | undefined): string | undefined {
  return definition?.status === 'INACTIVE' ? undefined : definition?.taskDefinitionArn;
}

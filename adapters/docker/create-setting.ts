// What all containers of one launcher have in common.
import type { EngineMachine } from './engine-machine.ts';

export interface CreateSetting {
  /** Marks the containers of one data directory, so that two servers on one Engine leave each other's alone. */
  readonly dataDirId: string;
  /** `host`, `bridge`, `none` or the name of a network that the operator made. */
  readonly network: string;
  /**
   * How vCPUs bind. `shares` (default, as AWS does on EC2): a weight that counts only when CPUs are short, so a lone job may
   * use them all. `limit` (as on Fargate): never more than asked for.
   */
  readonly cpu: 'shares' | 'limit';
  readonly machine: EngineMachine;
}

// What `slipway local` is told.
import type { AccessKey } from './access-keys.ts';
import type { RuntimeChoice } from './runtime.ts';

export interface LocalOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Take a free port when the wanted one is in use. */
  readonly portFallback: boolean;
  readonly dataDir: string;
  readonly runtime: RuntimeChoice;
  /** Defaults: this machine's processors and memory; no GPUs. */
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly gpus?: number;
  readonly account: string;
  readonly accessKeys: readonly AccessKey[];
  readonly allowReset: boolean;
  readonly jobEnvironment: Readonly<Record<string, string>>;
  readonly network?: string;
  /** A JSON file of what definitions name as secrets; read anew for each attempt. */
  readonly secretsFile?: string;
  /** How long ended jobs stay; default 30 days. */
  readonly retentionMs?: number;
  readonly log: (event: object) => void;
  /** Where the built page of the console lies; default: dist/console. */
  readonly consoleFolder?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

// What a place lacks for a demand.
/** What AWS said to a request, or that it said nothing at all. */
export interface FleetTrouble {
  readonly kind: 'capacity' | 'configuration' | 'permissions' | 'not-joined';
  readonly message: string;
}

/** What one place lacks for a job, and by how much. Units: vCPUs, MiB, GPUs. */
export interface Shortage {
  /** A compute environment's ARN, or `host` for the machine below all of them. */
  readonly place: string;
  readonly resource: 'VCPU' | 'MEMORY' | 'GPU';
  readonly wanted: number;
  /** Free now for NO_CAPACITY, at best ever for NEVER_FITS. */
  readonly available: number;
  /** Of an environment with instances: the type that comes nearest. */
  readonly instanceType?: string;
  /** It is for an instance of that type that vCPUs are wanted, out of what the environment's maxvCpus leaves. */
  readonly toLaunch?: true;
  /** It is the roomiest of so many instances that lacks; 0: there is none. */
  readonly ofInstances?: number;
  /** So many instances have been asked for, and have not joined yet. */
  readonly awaited?: number;
  /** Why instances of that type, which would do, do not come. */
  readonly trouble?: FleetTrouble;
}

// Every number that bounds a job definition or a submission, in one place. AWS Batch's documented limits, unless one says otherwise.

export const TAGS_MAX = 50;
export const TAG_KEY_MAX = 128;
export const TAG_VALUE_MAX = 256;
export const ATTEMPTS_MAX = 10;
export const EVALUATE_ON_EXIT_MAX = 5;
export const EXIT_PATTERN_MAX = 512;
export const TIMEOUT_SECONDS_MIN = 60;
export const SCHEDULING_PRIORITY_MAX = 9999;
export const IMAGE_MAX = 255;
export const VOLUME_NAME_MAX = 255;
export const EFS_ROOT_DIRECTORY_MAX = 4096;
export const PORT_MAX = 65_535;
export const MEMORY_MIB_MIN = 4;
export const SWAPPINESS_MAX = 100;
export const EPHEMERAL_STORAGE_GIB = { min: 21, max: 200 } as const;
export const TASK_CONTAINERS_MAX = 10;
export const POD_CONTAINERS_MAX = 10;
export const NODE_RANGES_MAX = 5;
/** Ours, not AWS's: the containers of all nodes, times attempts. All of them are kept in the job's one row, and DynamoDB's rows end at 400 KB. */
export const NODE_ATTEMPTS_MAX = 1_000;
export const ARRAY_SIZE = { min: 2, max: 10_000 } as const;
export const DEPENDENCIES_MAX = 20;
/** Ours: jobs named by `slipway:after` and its kind; as many ids as a request of 30 KiB may hold, and some room. */
export const AFTER_MAX = 500;
/** Ours: of `slipway:token`. */
export const TOKEN_MAX = 128;
export const SHARE_IDENTIFIER_MAX = 255;
/** Characters of all overrides of a job together; ECS refuses the task beyond it, so the job fails at its start. */
export const OVERRIDES_CHARACTERS_MAX = 8192;
/** Ours: all that a job takes must fit into one atomic write with its placement. */
export const CONSUMABLES_MAX = 40;

// The AWS Batch integration of Step Functions: `batch:submitJob` submits, `batch:submitJob.sync` also waits for the job's end
// and stops the job when nobody waits any more. It talks to Batch as any client does, in this process or over the wire.
import type {
  DescribeJobsRequest,
  DescribeJobsResponse,
  JobDetail,
  SubmitJobRequest,
  SubmitJobResponse,
  TerminateJobRequest,
} from '@aws-sdk/client-batch';
import { AslError } from './asl-error.ts';
import { admitJson, isJsonArray, isJsonObject } from './json.ts';
import type { Json, JsonObject } from './json.ts';
import { toCamelCase, toPascalCase } from './member-case.ts';
import type { ResourceHandler, ResourceResolver, TaskContext } from './resource.ts';

/** What of Batch the integration needs; the SDK's `Batch` is one. */
export interface BatchJobs {
  submitJob(request: SubmitJobRequest): Promise<SubmitJobResponse>;
  describeJobs(request: DescribeJobsRequest): Promise<DescribeJobsResponse>;
  terminateJob(request: TerminateJobRequest): Promise<object>;
}

/** Resolves with a job when it has SUCCEEDED or FAILED; rejects with the signal's reason when that is aborted first. */
export type WatchJob = (jobId: string, signal: AbortSignal) => Promise<JobDetail>;

export interface BatchResourceOptions {
  readonly batch: BatchJobs;
  readonly watchJob: WatchJob;
  /** Told of a job that runs on for nobody, because it could not be terminated. */
  readonly onStopFailed?: (jobId: string, error: unknown) => void;
}

const RESOURCE = /^arn:aws[a-z-]*:states:::batch:submitJob(\.sync)?$/;
/** By this variable a job knows that a workflow started it. */
const MARK = { name: 'MANAGED_BY_AWS', value: 'STARTED_BY_STEP_FUNCTIONS' } as const;
/** What Step Functions lets a state give to SubmitJob. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'ArrayProperties',
  'ConsumableResourcePropertiesOverride',
  'ContainerOverrides',
  'DependsOn',
  'EcsPropertiesOverride',
  'EksPropertiesOverride',
  'JobDefinition',
  'JobName',
  'JobQueue',
  'NodeOverrides',
  'Parameters',
  'PropagateTags',
  'RetryStrategy',
  'SchedulingPriorityOverride',
  'ShareIdentifier',
  'Tags',
  'Timeout',
]);
/** A job with one of these is no single container, and Batch refuses container overrides for it. */
const OTHER_OVERRIDES = ['nodeOverrides', 'ecsPropertiesOverride', 'eksPropertiesOverride'] as const;

/**
 * Resolves `arn:aws:states:::batch:submitJob` and its `.sync` form. A refused submission fails the task as
 * `Batch.<error code>`; a FAILED job as `States.TaskFailed`, with the job as JSON for its cause.
 */
export function batchResources(options: BatchResourceOptions): ResourceResolver {
  const submit: ResourceHandler = async (resource, parameters) =>
    toPascalCase(await submitted(options.batch, resource, parameters));
  const run: ResourceHandler = async (resource, parameters, context) => {
    const { signal, stateName } = context;
    const { jobId } = await submitted(options.batch, resource, parameters);
    const job = await endOf(options, jobId, { signal, stateName });
    if (job['Status'] === 'SUCCEEDED') return job;
    throw new AslError('States.TaskFailed', JSON.stringify(job));
  };
  return (resource) => {
    const match = RESOURCE.exec(resource);
    if (match === null) return undefined;
    return match[1] === undefined ? submit : run;
  };
}

interface Submitted extends JsonObject {
  readonly jobId: string;
}

async function submitted(batch: BatchJobs, resource: string, parameters: Json): Promise<Submitted> {
  const request = submitRequest(resource, parameters);
  try {
    const { jobArn = '', jobId = '', jobName = '' } = await batch.submitJob(request); // Batch gives all three
    return { jobArn, jobId, jobName };
  } catch (error) {
    throw new AslError(`Batch.${codeOf(error)}`, error instanceof Error ? error.message : String(error));
  }
}

function submitRequest(resource: string, parameters: Json): SubmitJobRequest {
  if (!isJsonObject(parameters)) {
    throw new AslError(
      'States.Runtime',
      `${resource}: expected Parameters, got ${JSON.stringify(parameters)}`,
    );
  }
  for (const name of Object.keys(parameters)) {
    if (PARAMETERS.has(name)) continue;
    throw new AslError('States.Runtime', `${resource}: SubmitJob takes no ${name} from a state`);
  }
  // Batch itself checks the members, and says what is wrong with them.
  return marked(toCamelCase(parameters) as JsonObject) as unknown as SubmitJobRequest;
}

/** Adds the variable by which a job knows its starter; in place of one that the state gives. */
function marked(request: JsonObject): JsonObject {
  if (OTHER_OVERRIDES.some((name) => name in request)) return request;
  const { containerOverrides = {} } = request;
  if (!isJsonObject(containerOverrides)) return request; // Batch refuses it
  const { environment = [] } = containerOverrides;
  if (!isJsonArray(environment)) return request;
  const own = environment.filter((entry) => !isJsonObject(entry) || entry['name'] !== MARK.name);
  return { ...request, containerOverrides: { ...containerOverrides, environment: [...own, MARK] } };
}

/** The error code that Batch answered with; a call that never got an answer is the SDK's own failure. */
function codeOf(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  return name.endsWith('Exception') ? name : 'SdkClientException';
}

/** Waits for the job's end; whatever else ends the wait ends the job too. */
async function endOf(
  { batch, watchJob, onStopFailed }: BatchResourceOptions,
  jobId: string,
  { signal, stateName }: Pick<TaskContext, 'signal' | 'stateName'>,
): Promise<JsonObject> {
  try {
    signal.throwIfAborted();
    const job = admitJson(await watchJob(jobId, signal), `the job ${jobId}`);
    return toPascalCase(job) as JsonObject; // a JobDetail is an object
  } catch (error) {
    const reason = `The Step Functions task ${stateName} ended before the job did.`;
    await batch.terminateJob({ jobId, reason }).catch((failure: unknown) => onStopFailed?.(jobId, failure));
    throw error;
  }
}

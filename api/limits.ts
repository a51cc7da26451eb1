// Limits of the wire: how large a request or a page may be. Limits of jobs and queues themselves live in core.
import type { OperationName } from './shapes/operation-shapes.ts';

/** Any request, AWS's own being smaller. */
export const REQUEST_BYTES = 1024 * 1024;

/** Levels of lists and objects in a body. The deepest request of Batch has 11. */
export const JSON_DEPTH = 64;

/** What AWS Batch documents for single operations. */
export const OPERATION_REQUEST_BYTES: { readonly [Name in OperationName]?: number } = {
  RegisterJobDefinition: 24 * 1024,
  SubmitJob: 30 * 1024,
  SubmitServiceJob: 30 * 1024,
};

/** Entries of a page, everywhere but in ListJobs. */
export const PAGE_SIZE = 100;
/** ListJobs without filters. */
export const JOB_PAGE_SIZE = 1000;
/** Jobs that one CancelJobs or TerminateJobs call may name. */
export const BULK_STOP_JOBS = 50;
/** Characters of a page token. Ours have a few hundred; those that follow a hundred log streams at once, some thousand. */
export const PAGE_TOKEN_CHARACTERS = 16_384;

/** Log events in one answer, and their size as CloudWatch Logs counts it: UTF-8 bytes plus 26 for each event. */
export const LOG_PAGE_EVENTS = 10_000;
export const LOG_PAGE_BYTES = 1024 * 1024;
export const LOG_EVENT_OVERHEAD_BYTES = 26;
/** Lines one FilterLogEvents call looks at before it answers with what it has. */
export const LOG_LINES_SEARCHED = 50_000;
/** Streams that one FilterLogEvents call reads side by side when none are named. */
export const LOG_STREAMS_MERGED = 50;
/** Streams or groups in one answer that describes them. */
export const LOG_DESCRIBE_SIZE = 50;

/** Entries of the lists in ECS requests. */
export const ECS_LIST_SIZE = 100;

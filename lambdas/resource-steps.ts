// The next step of a CloudFormation resource of ours: create, update or delete what the event names, or wait until that is done.
import { createHash } from 'node:crypto';
import type { Scope } from '../core/ids.ts';
import { arnOf } from '../core/ids.ts';
import type { CallOperation } from './call-operations.ts';
import type { CustomResourceType } from './registry.ts';
import type { Input, ResourceKind, Standing } from './resource-kinds.ts';
import { ARN_TYPES, kindOf, kindOfArn } from './resource-kinds.ts';

/** What CloudFormation sends, as far as it is read. An emulator may leave out where to answer, and what a deleted resource was. */
export interface ResourceEvent {
  readonly RequestType: 'Create' | 'Update' | 'Delete';
  readonly ResourceType: string;
  readonly ResponseURL?: string;
  readonly StackId: string;
  readonly RequestId: string;
  readonly LogicalResourceId: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
}

/** How far an event has come: `arn` is there once the resource has been made or changed and only settles. */
export interface ResourceWork {
  readonly event: ResourceEvent;
  readonly firstAtMs: number;
  readonly tries: number;
  readonly arn?: string;
}

export type Step =
  | { readonly kind: 'done'; readonly physicalId: string }
  | { readonly kind: 'failed'; readonly physicalId: string; readonly reason: string }
  /** `because` is told when the time is up. */
  | { readonly kind: 'again'; readonly arn?: string; readonly because: string };

export interface StepDeps {
  readonly call: CallOperation;
  readonly scope: Scope;
  /** False when nothing else will come to be that the resource may still wait for. */
  readonly mayWaitForOthers: boolean;
}

/** The physical id of what was never made: there is nothing behind it to delete. */
const NOTHING = 'nothing-was-made';
/** Tells the resource of a stack from one that somebody else made under its name. */
const OWNER_TAG = 'slipway:cloudformation';
const CHANGING: ReadonlySet<string> = new Set(['CREATING', 'UPDATING', 'DELETING']);

export async function takeStep(deps: StepDeps, work: ResourceWork): Promise<Step> {
  const { event } = work;
  const kind = kindOf(event.ResourceType);
  if (!kind) return failed(event, `${event.ResourceType} is no resource type of Slipway.`);
  if (event.RequestType === 'Delete') return remove(deps, kind, event);
  const input = inputOf(event.ResourceProperties);
  if (!input) return failed(event, 'The property Input must be the JSON text of an object.');
  if (work.arn !== undefined) return settle(deps, kind, event, work.arn);
  const change = event.RequestType === 'Update' ? updatedArn(deps, kind, event, input) : undefined;
  return change === undefined
    ? create(deps, kind, event, input)
    : update(deps, kind, event, { arn: change, input });
}

function failed(event: ResourceEvent, reason: string): Step {
  return { kind: 'failed', physicalId: event.PhysicalResourceId ?? NOTHING, reason };
}

function inputOf(properties: ResourceEvent['ResourceProperties']): Input | undefined {
  const text = properties?.['Input'];
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Input)
      : undefined; // checked
  } catch {
    return undefined; // not JSON: the caller says so
  }
}

/** The ARN that the named resource has; `undefined` for one that gets it when it is made. */
function arnOfName(
  { scope }: StepDeps,
  kind: ResourceKind,
  event: ResourceEvent,
  input: Input,
): string | undefined {
  if (!kind.update) return undefined;
  const type = ARN_TYPES[event.ResourceType as CustomResourceType]; // its kind was found
  return arnOf(scope, type, String(input[kind.nameIn]));
}

/** What an update changes; `undefined` when it makes a new resource, and the old one is deleted afterwards. */
function updatedArn(
  deps: StepDeps,
  kind: ResourceKind,
  event: ResourceEvent,
  input: Input,
): string | undefined {
  const arn = arnOfName(deps, kind, event, input);
  return arn !== undefined && arn === event.PhysicalResourceId ? arn : undefined;
}

async function create(deps: StepDeps, kind: ResourceKind, event: ResourceEvent, input: Input): Promise<Step> {
  const owner = ownerOf(event);
  const arn = arnOfName(deps, kind, event, input);
  const there = arn === undefined ? undefined : await kind.find(deps.call, arn);
  // The same event may have come before, and died between the creation and its answer.
  if (there?.tags[OWNER_TAG] === owner) return update(deps, kind, event, { arn: there.arn, input });
  if (there?.status === 'DELETING') return { kind: 'again', because: `${there.arn} is being deleted.` };
  const missing = deps.mayWaitForOthers ? await firstUnready(deps, kind, input) : undefined;
  if (missing !== undefined) return { kind: 'again', because: missing };
  const tags = { ...(input['tags'] as object | undefined), [OWNER_TAG]: owner };
  const answer = await deps.call(kind.create, { ...input, tags });
  if (!answer.ok) {
    // The same event, which came twice, may have made it since the look above.
    const made = arn === undefined ? undefined : await kind.find(deps.call, arn);
    if (made?.tags[OWNER_TAG] === owner) return settle(deps, kind, event, made.arn);
    return answer.refused ? failed(event, answer.message) : { kind: 'again', because: answer.message };
  }
  return settle(deps, kind, event, String(answer.body[kind.arnIn]));
}

function ownerOf({ StackId, LogicalResourceId }: ResourceEvent): string {
  return createHash('sha256').update(`${StackId}\n${LogicalResourceId}`).digest('hex').slice(0, 32);
}

/** What it needs and is not there yet, or has not settled. */
async function firstUnready(deps: StepDeps, kind: ResourceKind, input: Input): Promise<string | undefined> {
  for (const arn of kind.needs?.(input) ?? []) {
    const needed = await kindOfArn(arn)?.find(deps.call, arn);
    if (!needed) return `${arn} does not exist yet.`;
    if (CHANGING.has(needed.status)) return `${arn} is ${needed.status}.`;
  }
  return undefined;
}

async function update(
  deps: StepDeps,
  kind: ResourceKind,
  event: ResourceEvent,
  { arn, input }: { readonly arn: string; readonly input: Input },
): Promise<Step> {
  const there = await kind.find(deps.call, arn);
  if (!there) return create({ ...deps }, kind, { ...event, RequestType: 'Create' }, input);
  if (CHANGING.has(there.status)) return { kind: 'again', because: `${arn} is ${there.status}.` };
  const answer = kind.update && (await deps.call(kind.update.path, kind.update.inputOf(arn, input)));
  if (answer && !answer.ok) {
    // Refused, perhaps, because the same event, which came twice, is changing it.
    const now = await kind.find(deps.call, arn);
    return answer.refused && !CHANGING.has(now?.status ?? '')
      ? { kind: 'failed', physicalId: arn, reason: answer.message }
      : { kind: 'again', because: answer.message };
  }
  await retag(deps, there, {
    ...(input['tags'] as Standing['tags'] | undefined),
    [OWNER_TAG]: ownerOf(event),
  });
  return settle(deps, kind, event, arn);
}

/** Through the one operation for it: an update takes no tags. */
async function retag({ call }: StepDeps, there: Standing, wanted: Standing['tags']): Promise<void> {
  const gone = Object.keys(there.tags).filter((key) => !(key in wanted));
  const isNew = Object.entries(wanted).some(([key, value]) => there.tags[key] !== value);
  const path = `/v1/tags/${encodeURIComponent(there.arn)}`;
  if (isNew) await call(path, { tags: wanted });
  if (gone.length === 0) return;
  const query = gone.map((key) => `tagKeys=${encodeURIComponent(key)}`).join('&');
  await call(path, {}, { method: 'DELETE', query });
}

/** Done when it is VALID; what cannot become so says why, under its ARN, so that the way back deletes it. */
async function settle(
  { call }: StepDeps,
  kind: ResourceKind,
  event: ResourceEvent,
  arn: string,
): Promise<Step> {
  const there = await kind.find(call, arn);
  if (!there) return failed(event, `${arn} was deleted while it was being made.`);
  if (CHANGING.has(there.status)) return { kind: 'again', arn, because: `${arn} is ${there.status}.` };
  if (there.status === 'VALID') return { kind: 'done', physicalId: arn };
  return { kind: 'failed', physicalId: arn, reason: there.statusReason ?? `${arn} is ${there.status}.` };
}

async function remove({ call }: StepDeps, kind: ResourceKind, event: ResourceEvent): Promise<Step> {
  const arn = event.PhysicalResourceId ?? NOTHING;
  const done: Step = { kind: 'done', physicalId: arn };
  if (!kindOfArn(arn)) return done;
  const there = await kind.find(call, arn);
  if (!there) return done;
  if (CHANGING.has(there.status)) return { kind: 'again', because: `${arn} is ${there.status}.` };
  const answer =
    kind.disable && there.state === 'ENABLED' && kind.update
      ? await call(kind.update.path, kind.disable(arn))
      : await call(kind.remove.path, kind.remove.inputOf(arn));
  // What refuses to go may be in use by something that is on its way out.
  return { kind: 'again', because: answer.ok ? `${arn} is being deleted.` : answer.message };
}

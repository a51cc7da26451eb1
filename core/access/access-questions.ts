// From a call to the questions it raises: every action with every resource, each with the condition keys that a policy may
// look at. What a resource is tagged with is a fact from the store and is added by `withResourceTags`.
import { parseArn, parseJobId } from '../ids.ts';
import type { Tags } from '../tags.ts';
import { batchActionOf, furtherActionsOf } from './actions.ts';
import { batchResourcesOf, taggedByRequest } from './batch-resources.ts';
import type { AccessCall } from './call.ts';
import { requestContext } from './call.ts';
import { definitionContexts, podContexts } from './definition-context.ts';
import { mapMember, member, textsMember } from './members.ts';
import { passedRolesOf } from './pass-role.ts';
import type { AccessQuestion, ContextEntry } from './question.ts';
import { entry, optionalEntry } from './question.ts';
import { ecsResourcesOf, logsResourcesOf } from './side-resources.ts';

/** Facts that a home looks up: the tags a resource has, `undefined` for one that does not exist or has no tags. */
export interface AccessFacts {
  readonly tagsOf: (arn: string) => Tags | undefined;
}

/** At least one question, the call's main one first; all of them must be answered yes. */
export function accessQuestionsOf(call: AccessCall, facts?: AccessFacts): readonly AccessQuestion[] {
  const questions = bareQuestions(call);
  return facts === undefined ? questions : withResourceTags(questions, facts);
}

function bareQuestions(call: AccessCall): readonly AccessQuestion[] {
  const context = requestContext(call);
  switch (call.service) {
    case 'batch':
      return batchQuestions(call, context);
    case 'logs':
      return simple(call, context, logsResourcesOf(call.operation, call.scope, call.input));
    case 'ecs':
      return simple(call, context, ecsResourcesOf(call.operation, call.scope, call.input));
    default:
      return simple(call, context, ['*']);
  }
}

function simple(
  { service, operation }: AccessCall,
  context: readonly ContextEntry[],
  resources: readonly string[],
): readonly AccessQuestion[] {
  return resources.map((resource) => ({ action: `${service}:${operation}`, resource, context }));
}

function batchQuestions(call: AccessCall, common: readonly ContextEntry[]): readonly AccessQuestion[] {
  const { operation, input, scope } = call;
  const tags = [...common, ...requestTags(input)];
  const action = `batch:${batchActionOf(operation)}`;
  const asked = batchResourcesOf(operation, scope, input).flatMap((named) =>
    operationContexts(operation, input).map((own) => ({
      action,
      resource: named.arn,
      context: [...tags, ...own],
      ...(named.unlessDenied === undefined ? {} : { unlessDenied: named.unlessDenied }),
      ...(named.part === undefined ? {} : { part: named.part }),
    })),
  );
  const further = furtherActionsOf(operation).map((name) => ({
    action: `batch:${name}`,
    resource: '*',
    context: tags,
  }));
  return [...asked, ...further, ...tagQuestions(call, tags), ...passRoleQuestions(call, common)];
}

/** Sets of keys that the operation itself brings; several when a definition has several containers. */
function operationContexts(operation: string, input: object): readonly (readonly ContextEntry[])[] {
  switch (operation) {
    case 'RegisterJobDefinition':
      return definitionContexts(input);
    case 'SubmitJob': {
      const share = optionalEntry('batch:ShareIdentifier', member(input, 'shareIdentifier'));
      return podContexts(member(input, 'eksPropertiesOverride', 'podProperties')).map((pod) => [
        ...share,
        ...pod.filter(({ key }) => key === 'batch:EKSImage' || key === 'batch:EKSNamespace'),
      ]);
    }
    case 'SubmitServiceJob':
    case 'UpdateServiceJob':
      return [
        [
          ...optionalEntry('batch:ShareIdentifier', member(input, 'shareIdentifier')),
          ...optionalEntry('batch:SchedulingPriority', member(input, 'schedulingPriority'), 'numeric'),
        ],
      ];
    default:
      return [[]];
  }
}

/** The tags that a request gives or takes away. */
function requestTags(input: object): readonly ContextEntry[] {
  const given = Object.entries(mapMember(input, 'tags'));
  const keys = [...given.map(([key]) => key), ...textsMember(input, 'tagKeys')];
  if (keys.length === 0) return [];
  return [
    ...given.map(([key, value]) => entry(`aws:RequestTag/${key}`, value)),
    { key: 'aws:TagKeys', type: 'stringList', values: keys },
  ];
}

/** A create or a submission that brings tags also tags; capacity that is tagged has an action of its own. */
function tagQuestions(
  { operation, input, scope }: AccessCall,
  context: readonly ContextEntry[],
): readonly AccessQuestion[] {
  const asks = (action: string): readonly AccessQuestion[] =>
    taggedByRequest(operation, scope, input).map(({ arn }) => ({ action, resource: arn, context }));
  const isTagging = operation === 'TagResource' || Object.keys(mapMember(input, 'tags')).length === 0;
  return [
    ...(isTagging ? [] : asks('batch:TagResource')),
    ...(member(input, 'capacityTags') === undefined ? [] : asks('batch:SetCapacityTags')),
  ];
}

function passRoleQuestions(
  { operation, input, scope }: AccessCall,
  context: readonly ContextEntry[],
): readonly AccessQuestion[] {
  return passedRolesOf(operation, input, scope).map(({ roleArn, toService }) => ({
    action: 'iam:PassRole',
    resource: roleArn,
    context: [...context, entry('iam:PassedToService', toService)],
  }));
}

// ------------------------------------------------------------------------------------------------------ resource tags

/** The resource whose tags count for a question; `undefined` where there are none to look at. */
export function taggedResourceOf({ resource }: AccessQuestion): string | undefined {
  const arn = parseArn(resource);
  if (arn === undefined || resource.includes('*')) return undefined;
  // A definition without its revision has no tags of its own.
  if (arn.type === 'job-definition' && !/:\d+$/.test(arn.name)) return undefined;
  if (arn.type !== 'job') return resource;
  // Children and nodes are tagged as the job they belong to.
  const id = parseJobId(arn.name);
  return id && resource.slice(0, resource.length - arn.name.length) + id.root;
}

export function withResourceTags(
  questions: readonly AccessQuestion[],
  facts: AccessFacts,
): readonly AccessQuestion[] {
  return questions.map((question) => {
    const arn = taggedResourceOf(question);
    const tags = arn === undefined ? undefined : facts.tagsOf(arn);
    if (tags === undefined) return question;
    const entries = Object.entries(tags).map(([key, value]) => entry(`aws:ResourceTag/${key}`, value));
    return entries.length === 0 ? question : { ...question, context: [...question.context, ...entries] };
  });
}

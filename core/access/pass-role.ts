// Which roles a request hands to a service: iam:PassRole is asked for each, with the service that will use it. Where an
// instance profile is named, the role inside is taken to have its name, as the ones that AWS's own wizards make do.
import type { Scope } from '../ids.ts';
import { listMember, member, textMember } from './members.ts';

export interface PassedRole {
  readonly roleArn: string;
  readonly toService: string;
}

const TASKS = 'ecs-tasks.amazonaws.com';

export function passedRolesOf(operation: string, input: object, scope: Scope): readonly PassedRole[] {
  switch (operation) {
    case 'RegisterJobDefinition':
      return unique(taskRoles(input).map((role) => passed(scope, role, TASKS)));
    case 'CreateComputeEnvironment':
    case 'UpdateComputeEnvironment':
      return environmentRoles(scope, input);
    default:
      return [];
  }
}

function taskRoles(input: object): readonly string[] {
  const ranges = listMember(input, 'nodeProperties', 'nodeRangeProperties');
  const containers = [
    member(input, 'containerProperties'),
    ...ranges.map((range) => member(range, 'container')),
  ];
  const tasks = [input, ...ranges].flatMap((at) => listMember(at, 'ecsProperties', 'taskProperties'));
  return [
    ...containers.flatMap((container) => [
      textMember(container, 'jobRoleArn'),
      textMember(container, 'executionRoleArn'),
    ]),
    ...tasks.flatMap((task) => [textMember(task, 'taskRoleArn'), textMember(task, 'executionRoleArn')]),
  ].filter((role) => role !== undefined);
}

function environmentRoles(scope: Scope, input: object): readonly PassedRole[] {
  const roles = [
    { role: textMember(input, 'serviceRole'), toService: 'batch.amazonaws.com' },
    { role: textMember(input, 'computeResources', 'instanceRole'), toService: 'ec2.amazonaws.com' },
    { role: textMember(input, 'computeResources', 'spotIamFleetRole'), toService: 'spotfleet.amazonaws.com' },
  ];
  return roles.flatMap(({ role, toService }) => (role === undefined ? [] : [passed(scope, role, toService)]));
}

function passed(scope: Scope, role: string, toService: string): PassedRole {
  const roleArn = role.startsWith('arn:')
    ? role.replace(/:instance-profile\//, ':role/')
    : `arn:${scope.partition}:iam::${scope.account}:role/${role}`;
  return { roleArn, toService };
}

function unique(roles: readonly PassedRole[]): readonly PassedRole[] {
  return [...new Map(roles.map((role) => [role.roleArn, role])).values()];
}

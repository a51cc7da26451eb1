import { launchTemplateProblems } from '../../../core/placement/compute-environment-launch-template.ts';
import type { LaunchTemplateInput } from '../../../core/placement/compute-environment-input.ts';
import { describeRules } from '../definition/rule-table.ts';

const ALLOWED = ['m5', 'g5.xlarge', 'default_arm64'];
const check = (template: LaunchTemplateInput | undefined) =>
  launchTemplateProblems('launchTemplate', template, ALLOWED);
const overriding = (...targets: readonly (readonly string[])[]): LaunchTemplateInput => ({
  launchTemplateId: 'lt-0',
  overrides: targets.map((targetInstanceTypes, index) => ({
    launchTemplateId: `lt-${index}`,
    targetInstanceTypes,
  })),
});

describeRules('a launch template', check, [
  {
    rule: 'is named by its id or by its name, not by both',
    accepts: [
      undefined,
      { launchTemplateId: 'lt-1' },
      { launchTemplateName: 'name', version: '$Latest' },
      { launchTemplateId: '', launchTemplateName: 'name' },
    ],
    refuses: [
      [{}, 'launchTemplate must have exactly one of launchTemplateId and launchTemplateName, but is [].'],
      [
        { launchTemplateId: 'lt-1', launchTemplateName: 'name' },
        'launchTemplate must have exactly one of launchTemplateId and launchTemplateName, but is ["lt-1","name"].',
      ],
    ],
  },
  {
    rule: 'has at most 10 overrides',
    accepts: [overriding(), overriding(['m5.large'])],
    refuses: [
      [
        overriding(...Array.from({ length: 11 }, () => ['m5'])),
        'launchTemplate.overrides must have at most 10 elements, but has 11.',
      ],
    ],
  },
  {
    rule: 'names a template in each override',
    accepts: [overriding(['m5'])],
    refuses: [
      [
        { launchTemplateId: 'lt-0', overrides: [{ targetInstanceTypes: ['m5'] }] },
        'launchTemplate.overrides[0] must have exactly one of launchTemplateId and launchTemplateName, but is [].',
      ],
    ],
  },
  {
    rule: 'targets types or families of the environment in each override',
    accepts: [overriding(['m5.large', 'm5.xlarge'], ['g5.xlarge']), overriding(['m6g', 'c7g.large'])],
    refuses: [
      [overriding([]), 'launchTemplate.overrides[0].targetInstanceTypes is required.'],
      [
        overriding(['optimal']),
        'launchTemplate.overrides[0].targetInstanceTypes[0] must be an instance type or a family, but is "optimal".',
      ],
      [
        overriding(['m5'], ['c5.large']),
        'launchTemplate.overrides[1].targetInstanceTypes[0] must be among computeResources.instanceTypes (m5, g5.xlarge, default_arm64), but is "c5.large".',
      ],
      [
        overriding(['g5']),
        'launchTemplate.overrides[0].targetInstanceTypes[0] must be among computeResources.instanceTypes (m5, g5.xlarge, default_arm64), but is "g5".',
      ],
      [
        overriding(['m5.tiny']),
        'launchTemplate.overrides[0].targetInstanceTypes[0] must be an instance type, a family or optimal, but is "m5.tiny".',
      ],
    ],
  },
  {
    rule: 'targets no type twice, neither by name nor through its family',
    accepts: [overriding(['m5.large'], ['m5.xlarge'])],
    refuses: [
      [
        overriding(['m5.large'], ['m5.large']),
        'launchTemplate.overrides must not target an instance type twice, but is "m5.large".',
      ],
      [
        overriding(['m5'], ['m5.large']),
        'launchTemplate.overrides must not target an instance type twice, but is "m5.large".',
      ],
      [
        overriding(['m5.large'], ['m5']),
        'launchTemplate.overrides must not target an instance type twice, but is "m5".',
      ],
    ],
  },
]);

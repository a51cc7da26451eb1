// docs/reference/configuration.md: what the local server, the cloud home and their jobs can be told, and what jobs are told.
import { ENVIRONMENT_VARIABLES } from '../../bin/environment-variables.ts';
import { jobEnvironment } from '../../core/definition/environment.ts';
import { FUNCTIONS, OPTIONAL_SETTINGS, SETTINGS } from '../../lambdas/registry.ts';
import { CONTEXT_KEYS } from '../../lib/context.ts';
import { aProgram, commandsOf } from './a-program.ts';
import { whatItDoes } from './cli-page.ts';
import { code, GENERATED, page, table } from './markdown.ts';

export function configurationPage(): string {
  return page([
    '# Configuration',
    GENERATED,
    '## The local server',
    'Options of `slipway local`; there is no configuration file.',
    localOptions(),
    '## Commands',
    'Variables of the shell that commands run in. What is typed wins over them.',
    table(
      ['variable', 'what it does'],
      ENVIRONMENT_VARIABLES.map(({ name, what }) => [code(name), what]),
    ),
    '## Deploying to AWS',
    'Context of the CDK app, by `npx cdk deploy -c key=value` or in `cdk.json`.',
    table(
      ['key', 'what it takes'],
      Object.entries(CONTEXT_KEYS).map(([key, what]) => [code(key), what]),
    ),
    '## Functions in AWS',
    'Set by the stack; nobody needs to.',
    table(
      ['variable', 'functions', ''],
      SETTINGS.map((name) => [code(name), usersOf(name), optional(name)]),
    ),
    '## What a job finds in its environment',
    'Beside the variables of its definition and of its submission, and over them. Those of `slipway local --job-env` are under both.',
    table(
      ['variable', 'such as'],
      Object.entries(exampleEnvironment()).map(([name, value]) => [code(name), code(value)]),
    ),
  ]);
}

function localOptions(): string {
  const local = commandsOf(aProgram()).find((command) => command.name() === 'local');
  if (!local) throw new Error('slipway local is a command');
  return table(
    ['option', 'what it does'],
    local.options.map((option) => [code(option.flags), whatItDoes(option)]),
  );
}

function usersOf(setting: (typeof SETTINGS)[number]): string {
  return FUNCTIONS.filter(({ environment }) => environment.some((each) => each === setting))
    .map(({ name }) => name)
    .join(', ');
}

function optional(setting: (typeof SETTINGS)[number]): string {
  return OPTIONAL_SETTINGS.has(setting) ? 'optional' : '';
}

/** Of everything a job can be at once, which no job is. */
function exampleEnvironment(): Readonly<Record<string, string>> {
  return jobEnvironment({
    operator: {},
    container: [],
    executionEnv: 'AWS_ECS_FARGATE',
    jobId: '3f2a1c9e-8d41-4a57-9f0b-6c1e2d3a4b5c:7',
    attempt: 1,
    queueName: 'default',
    computeEnvironmentName: 'fargate',
    arrayIndex: 7,
    node: { index: 1, numNodes: 4, mainNode: 0, mainNodeAddress: '10.0.1.17' },
  });
}

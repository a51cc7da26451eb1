// What others think of the templates: CDK's own rules, cdk-nag, cfn-lint, and a validator of state machines. None of them is ours.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import validate from 'asl-validator';
import { Validations, type App, type Stack } from 'aws-cdk-lib';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import type { SlipwayProps } from '../../lib/slipway-props.ts';
import { pythonPrograms } from '../clients/python-environment.ts';
import { aSlipwayStack, removeFolders, rendered, resourcesOf, templateOf } from './synthesised.ts';

afterAll(removeFolders);

const CASES: readonly (readonly [string, SlipwayProps])[] = [
  ['by default', {}],
  [
    'with everything switched on',
    {
      accessKeys: true,
      network: 'private',
      computeEnvironments: ['fargate-spot', 'fargate', 'ec2-spot', 'ec2', 'gpu'],
      retentionDays: 400,
    },
  ],
];

/** Synthesises under cdk-nag and CDK's own rules, both of which fail it; answers with what it said then. */
function verdictOn(stack: Stack): string {
  const app = stack.node.root as App; // made by aSlipwayStack
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

describe('cdk-nag', () => {
  it.each(CASES)('finds nothing that is not accounted for, %s', (_case, props) => {
    expect(verdictOn(aSlipwayStack(props))).toBe('');
  });

  it('is really asked: a queue that takes unencrypted calls does not pass', () => {
    const stack = aSlipwayStack();
    new Queue(stack, 'Careless');
    expect(verdictOn(stack)).toContain('AwsSolutions-SQS4');
  });
});

describe('cfn-lint', () => {
  it('finds nothing', { timeout: 180_000 }, async () => {
    const programs = await pythonPrograms(join(import.meta.dirname, 'requirements.txt'));
    const folder = await mkdtemp(join(tmpdir(), 'slipway-lint-'));
    try {
      const files = await Promise.all(
        CASES.map(async ([, props], index) => {
          const file = join(folder, `case-${index}.template.json`);
          await writeFile(file, JSON.stringify(templateOf(aSlipwayStack(props))));
          return file;
        }),
      );
      // W3005: CDK repeats in DependsOn what a reference says already.
      const { stdout } = await promisify(execFile)(join(programs, 'cfn-lint'), [
        '-i',
        'W3005',
        '--',
        ...files,
      ]).catch((error: Error & { readonly stdout?: string }) => ({ stdout: error.stdout || error.message }));
      expect(stdout.trim()).toBe('');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the state machines', () => {
  const machines = resourcesOf(templateOf(aSlipwayStack()), 'AWS::StepFunctions::StateMachine');

  it('are the three', () => {
    expect(machines.map(([, { Properties }]) => String(Properties?.['StateMachineName'])).sort()).toEqual([
      'slipway-compute-environment',
      'slipway-job',
      'slipway-multi-node-job',
    ]);
  });

  it.each(machines)(
    'are valid as they are deployed, with every placeholder filled: %s',
    (_id, { Properties = {} }) => {
      const values = rendered(Properties['DefinitionSubstitutions']) as Readonly<Record<string, string>>; // texts by name
      const text = String(Properties['DefinitionString']).replaceAll(
        /\$\{(\w+)\}/g,
        (all, name: string) => values[name] ?? all,
      );
      expect(text).not.toMatch(/\$\{/);
      const verdict = validate(JSON.parse(text));
      expect(verdict.errorsText('\n')).toBe('');
      expect(verdict.isValid).toBe(true);
      expect(Properties['LoggingConfiguration']).toMatchObject({ Level: 'ERROR' });
      expect(Properties['TracingConfiguration']).toEqual({ Enabled: true });
    },
  );
});

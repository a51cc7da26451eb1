// The CDK app: `npx cdk deploy` makes the service in the account and Region of the AWS configuration in use. What may be chosen is in
// lib/context.ts. The functions' bundle is built first where it is missing or older than a source.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { contextText } from '../lib/context.ts';
import { SlipwayStack } from '../lib/slipway-stack.ts';

const root = join(import.meta.dirname, '..');
const BUNDLE = 'dist/lambdas';
const SOURCES = [
  'adapters',
  'api',
  'core',
  'engine',
  'lambdas',
  'scripts/build-lambdas.mjs',
  'package-lock.json',
];

buildFunctions();
const app = new App();
new SlipwayStack(app, contextText(app, 'stackName') ?? 'Slipway', {
  ...environmentOf(process.env),
  terminationProtection: contextText(app, 'terminationProtection') === 'true',
});
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/**
 * Looking up a VPC needs to know where, and state machines name the partition of their Region. Otherwise the template is good for
 * any account and Region, and to synthesise it asks AWS nothing.
 */
function environmentOf(environment: NodeJS.ProcessEnv): { env?: { account: string; region: string } } {
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = environment;
  const isLookup = contextText(app, 'vpcId') !== undefined && contextText(app, 'subnetIds') === undefined;
  const isElsewhere = /^(cn|us-gov)-/.test(region ?? '');
  return (isLookup || isElsewhere) && account !== undefined && region !== undefined
    ? { env: { account, region } }
    : {};
}

function buildFunctions(): void {
  if (isFresh()) return;
  const { status } = spawnSync(process.execPath, ['scripts/build-lambdas.mjs'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (status !== 0) throw new Error('npm run build:lambdas failed: there is nothing to deploy');
}

function isFresh(): boolean {
  const built = newest([BUNDLE]);
  return built > 0 && built >= newest(SOURCES);
}

/** When the newest file under the paths was written; 0 where there is none. */
function newest(paths: readonly string[]): number {
  const files = paths.flatMap((path) => {
    if (!existsSync(join(root, path))) return [];
    return statSync(join(root, path)).isDirectory() ? globSync(`${path}/**/*.*`, { cwd: root }) : [path];
  });
  return Math.max(0, ...files.map((file) => statSync(join(root, file)).mtimeMs));
}

// The AWS account that `cdk deploy` and the clients of a deployed Slipway would use: who one is there, and whether the CDK has
// been set up in it.
import type { Finding } from '../../local/examine-machine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where `cdk bootstrap` leaves its version. Source: AWS CDK Developer Guide, "Bootstrapping". */
const BOOTSTRAP_PARAMETER = '/cdk-bootstrap/hnb659fds/version';

export async function examineAccount(env: Environment): Promise<readonly Finding[]> {
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'];
  if (region === undefined) {
    const mend = 'export AWS_REGION=us-east-1';
    return [{ about: 'AWS Region', verdict: 'wrong', found: 'AWS_REGION is not set', mend }];
  }
  const place: Finding = { about: 'AWS Region', verdict: 'ok', found: region };
  const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
  const sts = new STSClient({ region, maxAttempts: 2 });
  try {
    const { Arn: arn = 'unknown' } = await sts.send(new GetCallerIdentityCommand());
    return [place, { about: 'AWS identity', verdict: 'ok', found: arn }, await bootstrapFinding(region)];
  } catch (error) {
    const found = `AWS does not take the keys here: ${messageOf(error)}`;
    const mend = 'aws sso login, or set AWS_PROFILE to a profile with valid keys.';
    return [place, { about: 'AWS identity', verdict: 'wrong', found, mend }];
  } finally {
    sts.destroy();
  }
}

async function bootstrapFinding(region: string): Promise<Finding> {
  const about = 'CDK';
  const { GetParameterCommand, SSMClient } = await import('@aws-sdk/client-ssm');
  const ssm = new SSMClient({ region, maxAttempts: 2 });
  try {
    const { Parameter: parameter } = await ssm.send(new GetParameterCommand({ Name: BOOTSTRAP_PARAMETER }));
    return { about, verdict: 'ok', found: `bootstrapped in ${region}, version ${parameter?.Value}` };
  } catch (error) {
    const isAbsent = error instanceof Error && error.name === 'ParameterNotFound';
    const found = isAbsent ? `not bootstrapped in ${region}` : messageOf(error);
    return { about, verdict: 'note', found, mend: 'npx cdk bootstrap' };
  } finally {
    ssm.destroy();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

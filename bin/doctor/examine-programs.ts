// The programs that Slipway needs or that come to it: Node, and the AWS CLI, whose older releases do not know how to be pointed
// at one service by a variable.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Finding } from '../../local/examine-machine.ts';

const run = promisify(execFile);

/** One that is too old does not come so far: slipway.mjs says what to do. */
export function examineNode(): Finding {
  return { about: 'Node', verdict: 'ok', found: process.versions.node };
}

/** The first releases that read AWS_ENDPOINT_URL_BATCH. Source: AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
const AWARE = { 1: [1, 29], 2: [2, 13] } as const;

export async function examineAwsCli(env: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  const about = 'AWS CLI';
  let told: string;
  try {
    told = (await run('aws', ['--version'], { env: { ...env }, timeout: 20_000 })).stdout;
  } catch {
    return {
      about,
      verdict: 'note',
      found: 'not on the PATH; boto3, the SDKs and `slipway` work without it',
    };
  }
  return awsCliFinding(told);
}

/** Reads `aws-cli/2.9.19 Python/3.11 …`. */
export function awsCliFinding(told: string): Finding {
  const about = 'AWS CLI';
  const [, major = 0, minor = 0] = (/aws-cli\/(\d+)\.(\d+)/.exec(told) ?? []).map(Number);
  const found = told.split(' ')[0] ?? told;
  const [leastMajor, leastMinor] = major === 1 ? AWARE[1] : AWARE[2];
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor))
    return { about, verdict: 'ok', found };
  return {
    about,
    verdict: 'note',
    found: `${found} does not read AWS_ENDPOINT_URL_BATCH`,
    mend: `Give it --endpoint-url each time, or install ${leastMajor}.${leastMinor} or newer.`,
  };
}

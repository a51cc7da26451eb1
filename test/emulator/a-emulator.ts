// An AWS that none of us wrote, on this machine: the emulator, the front before it, the images of functions and jobs, and
// the CDK CLI pointed at it. Whatever a start makes, stop() ends, in the opposite order.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ADocker } from './a-docker.ts';
import { startDocker } from './a-docker.ts';
import { ACCOUNT, REGION, startFakecloud } from './a-fakecloud.ts';
import type { AFakecloud } from './a-fakecloud.ts';
import { cdkCli } from './cdk-cli.ts';
import type { CdkCli } from './cdk-cli.ts';
import { startFront } from './front.ts';
import type { Front } from './front.ts';
import { makeJobImage, makeRuntimeImage } from './images.ts';

export interface AnEmulator {
  readonly docker: ADocker;
  readonly fakecloud: AFakecloud;
  readonly front: Front;
  /** Where containers and clients of a deployed HTTP API connect. */
  readonly frontUrl: string;
  /** For SDK clients and programs that administer the emulator's account: its root. */
  readonly env: Readonly<Record<string, string>>;
  /** The image of jobs, as tasks name it. */
  readonly jobImage: string;
  readonly cdk: CdkCli;
  /** One call of a JSON service, and of a Query service, as the account's root. */
  readonly call: (
    service: string,
    target: string,
    body: unknown,
  ) => Promise<Readonly<Record<string, unknown>>>;
  readonly query: (
    service: string,
    parameters: Readonly<Record<string, string>>,
    accessKeyId?: string,
  ) => Promise<string>;
  /** One call of a REST service: a PUT where there is a body, else a GET. */
  readonly rest: (
    service: string,
    path: string,
    body?: unknown,
  ) => Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

/** The emulator's own administrator. */
export const ROOT_KEY = 'test';

export async function startEmulator(): Promise<AnEmulator> {
  const releases: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const release of releases.splice(0).reverse()) await release();
  };
  try {
    const docker = await startDocker();
    releases.push(() => docker.stop());
    await makeRuntimeImage(docker);
    const fakecloud = await startFakecloud(docker);
    releases.push(() => fakecloud.stop());
    const front = await startFront(docker.hostAddress, fakecloud.port);
    releases.push(() => front.stop());
    const folder = await mkdtemp(join(tmpdir(), 'slipway-emulator-'));
    releases.push(() => rm(folder, { recursive: true }));
    const env = environmentOf(fakecloud);
    const jobImage = await pushJobImage(docker, fakecloud, folder);
    releases.push(() => removeJobImage(docker, fakecloud, jobImage));
    const cdk = cdkCli(env, folder);
    await cdk.bootstrap();
    return {
      docker,
      fakecloud,
      front,
      frontUrl: `http://${docker.hostAddress}:${fakecloud.port}`,
      env,
      jobImage,
      cdk,
      ...callsTo(fakecloud.url),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function environmentOf({ url }: AFakecloud): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_ENDPOINT_URL_S3: url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

async function pushJobImage(docker: ADocker, { port }: AFakecloud, folder: string): Promise<string> {
  const registry = `127.0.0.1:${port}`;
  const local = localJobImage(port);
  await makeJobImage(docker, local);
  await callsTo(`http://${registry}`).call('ecr', 'AmazonEC2ContainerRegistry_V20150921.CreateRepository', {
    repositoryName: 'jobs',
  });
  const config = ['--config', folder];
  await docker.docker([...config, 'login', '--username', 'AWS', '--password-stdin', registry], 'test');
  await docker.docker([...config, 'push', '--quiet', local]);
  return `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/jobs:1`;
}

/** The Engine may be the machine's own: under neither of its names is it left there. */
async function removeJobImage(docker: ADocker, { port }: AFakecloud, jobImage: string): Promise<void> {
  const listed = await docker.docker(['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
  const left = [localJobImage(port), jobImage].filter((name) => listed.split('\n').includes(name));
  if (left.length > 0) await docker.docker(['rmi', '--force', ...left]);
}

function localJobImage(port: number): string {
  return `127.0.0.1:${port}/jobs:1`;
}

/** Answers any caller by the name of its key: the emulator checks no signature, so none is made. */
function callsTo(url: string): Pick<AnEmulator, 'call' | 'query' | 'rest'> {
  const ask = async (
    service: string,
    accessKeyId: string,
    { path = '/', ...init }: RequestInit & { readonly path?: string },
  ): Promise<string> => {
    const scope = `20260101/${REGION}/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host, Signature=none`;
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      ...init,
      headers: { ...Object.fromEntries(new Headers(init.headers)), authorization },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service}: ${response.status} ${text}`);
    return text;
  };
  return {
    async call(service, target, body) {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
      return objectIn(await ask(service, ROOT_KEY, { headers, body: JSON.stringify(body) }));
    },
    query: (service, parameters, accessKeyId = ROOT_KEY) =>
      ask(service, accessKeyId, { body: new URLSearchParams(parameters) }),
    async rest(service, path, body) {
      const sent = body === undefined ? { method: 'GET' } : { method: 'PUT', body: JSON.stringify(body) };
      return objectIn(await ask(service, ROOT_KEY, { path, ...sent }));
    },
  };
}

/** The JSON services answer with objects, or with nothing. */
function objectIn(text: string): Readonly<Record<string, unknown>> {
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

// `slipway env --endpoint` for a server in an AWS account: clients sign for `batch`, API Gateway wants `execute-api`. A few
// bytes beside botocore’s own models tell the AWS CLI and boto3 so, for the shell that is pointed at its folder only.
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { cloudRegion, readEndpoint } from './endpoint-kind.ts';
import type { Terminal } from './terminal.ts';

export interface CloudEnvOptions {
  readonly endpoint: string;
  readonly region?: string;
  readonly modelsDir: string;
}

export const defaultModelsDir = join('.slipway', 'aws-models');
const EXTRAS = '{"version":1.0,"merge":{"metadata":{"signingName":"execute-api"}}}\n';

/** Writes the file and answers the variables that make clients find it, and the server. */
export function cloudVariables(terminal: Terminal, options: CloudEnvOptions): Record<string, string> {
  const endpoint = readEndpoint(options.endpoint);
  const region = cloudRegion(endpoint, options.region, terminal.env);
  const models = resolve(terminal.cwd, options.modelsDir);
  const folder = join(models, 'batch', '2016-08-10');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'service-2.sdk-extras.json'), EXTRAS);
  const others = (terminal.env['AWS_DATA_PATH'] ?? '')
    .split(delimiter)
    .filter((path) => path !== '' && path !== models);
  return {
    AWS_DATA_PATH: [models, ...others].join(delimiter),
    AWS_ENDPOINT_URL_BATCH: endpoint,
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
  };
}

// The environment variables that the command line and the local server read, each said once: the reference is written from this
// list, and a test compares it with what the sources read.

export interface EnvironmentVariable {
  readonly name: string;
  readonly what: string;
}

export const ENVIRONMENT_VARIABLES: readonly EnvironmentVariable[] = [
  { name: 'SLIPWAY_ENDPOINT', what: 'the server that commands talk to; before AWS_ENDPOINT_URL_BATCH' },
  { name: 'AWS_ENDPOINT_URL_BATCH', what: 'the server that commands talk to, as for every AWS client' },
  {
    name: 'AWS_ENDPOINT_URL',
    what: 'as AWS clients read it: for the logs of a server in an AWS account, and for doctor',
  },
  {
    name: 'AWS_ENDPOINT_URL_CLOUDWATCH_LOGS',
    what: 'where the logs of a server in an AWS account are, when not in AWS itself',
  },
  { name: 'AWS_REGION', what: 'the Region to sign for' },
  { name: 'AWS_DEFAULT_REGION', what: 'the same, when AWS_REGION is not set' },
  {
    name: 'AWS_ACCESS_KEY_ID',
    what: 'the key to sign with; a server in an AWS account takes the whole standard chain of credentials',
  },
  { name: 'AWS_SECRET_ACCESS_KEY', what: 'its secret' },
  { name: 'AWS_SESSION_TOKEN', what: 'its session token, where it has one' },
  { name: 'AWS_DATA_PATH', what: 'kept, and put behind the folder that `slipway env --endpoint` writes' },
  { name: 'SLIPWAY_DEBUG', what: '1 shows where an error comes from' },
  { name: 'NO_COLOR', what: 'anything takes colours away' },
  { name: 'FORCE_COLOR', what: '1 gives colours to files and pipes too; 0 takes them away' },
  { name: 'TERM', what: 'dumb takes away colours, and the screen of `slipway top`' },
  { name: 'SSH_CONNECTION', what: 'set: no browser is opened' },
  { name: 'DISPLAY', what: 'unset, as WAYLAND_DISPLAY: no browser is opened on Linux' },
  { name: 'WAYLAND_DISPLAY', what: 'unset, as DISPLAY: no browser is opened on Linux' },
];

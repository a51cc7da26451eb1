// A server as the commands see it: where it is, with which keys it is called, and how it was chosen.
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Server {
  readonly endpoint: string;
  readonly region: string;
  /** A function where they end and are renewed. */
  readonly credentials: Credentials | (() => Promise<Credentials>);
  /** Where the endpoint was read, for messages: "--endpoint", a variable, a file's path. */
  readonly foundIn: string;
  /** Present for a server in an AWS account, which is behind API Gateway. */
  readonly signsFor?: 'execute-api';
  /** Where CloudWatch Logs is; absent: at the server's own address. */
  readonly logsEndpoint?: string;
  /** Asks for the log group of jobs whose definition names none; absent: AWS Batch's own. */
  readonly jobLogGroup?: () => Promise<string | undefined>;
}

/** One whose keys are at hand. */
export type KeyedServer = Server & { readonly credentials: Credentials };

export interface ServerOptions {
  readonly endpoint?: string;
  readonly dataDir?: string;
  readonly region?: string;
}

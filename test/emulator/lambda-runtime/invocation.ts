// What an invocation is to everything around a function.
export interface FunctionError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface Answer {
  readonly result?: unknown;
  readonly error?: FunctionError;
}

/** Calls the function with an event, once. */
export type Invoke = (event: unknown) => Promise<Answer>;

export function functionArn(): string {
  const { AWS_REGION, EMULATED_ACCOUNT_ID, AWS_LAMBDA_FUNCTION_NAME } = process.env;
  return `arn:aws:lambda:${AWS_REGION}:${EMULATED_ACCOUNT_ID}:function:${AWS_LAMBDA_FUNCTION_NAME}`;
}

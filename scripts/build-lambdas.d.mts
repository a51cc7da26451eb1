// The build as its test calls it.
export interface BuiltFunction {
  readonly name: string;
  /** Loaded when the function starts. */
  readonly bytes: number;
  /** Loaded on demand, on top of that. */
  readonly lazyBytes: number;
}

export function buildLambdas(options?: { readonly outdir?: string }): Promise<readonly BuiltFunction[]>;

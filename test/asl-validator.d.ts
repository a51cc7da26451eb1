// The package brings no types that Node's module resolution finds.
declare module 'asl-validator' {
  interface Verdict {
    readonly isValid: boolean;
    readonly errors: readonly { readonly Message?: string; readonly 'Error code': string }[];
    errorsText(separator?: string): string;
  }
  /** Adds a QueryLanguage to the states of `definition`, so give it one of its own. */
  function validate(
    definition: unknown,
    options?: { readonly checkPaths?: boolean; readonly checkArn?: boolean },
  ): Verdict;
  export = validate;
}

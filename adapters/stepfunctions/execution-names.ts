// How executions are called: by their subject, so that two who start the same one meet. A name is taken for 90 days, also when
// its execution has ended, so the second execution of a subject is `<name>-r2`, the third `<name>-r3`. Only letters, digits, `-`
// and `_` are used: Step Functions takes a dot as well, but not everything that speaks its protocol does.
// Invariant: a subject's names are handed out without gaps, and no two subjects share one.

/** 80 characters are allowed, of which the number may take six. */
const SUBJECT = /^[A-Za-z0-9_:-]{1,74}$/;

/** `<job id>:<index>`, a child of an array, is `<job id>_<index>`. */
export function executionName(subject: string, number: number): string {
  if (!SUBJECT.test(subject)) {
    throw new RangeError(
      `an execution's subject must be 1 to 74 characters of A-Z a-z 0-9 _ : -, not ${JSON.stringify(subject)}`,
    );
  }
  const name = subject.replaceAll(':', '_');
  return number === 1 ? name : `${name}-r${number}`;
}

/** `arn:aws:states:us-east-1:123456789012:stateMachine:jobs` runs `…:execution:jobs:<name>`. */
export function executionArn(machineArn: string, name: string): string {
  return `${machineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

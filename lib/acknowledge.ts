// How a construct says why it does what a rule of cdk-nag speaks against. The words stand next to the construct, and end up in its metadata.
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Reasons by the rule's id; a rule about one finding of several names it: `AwsSolutions-IAM5[Resource::*]`. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const rules = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  Validations.of(construct).acknowledge(...rules);
}

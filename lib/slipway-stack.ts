// The service as a stack of its own, which is what bin/app.ts deploys.
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { propsFromContext } from './context.ts';
import { Slipway } from './slipway.ts';
import type { SlipwayProps } from './slipway-props.ts';

export interface SlipwayStackProps extends StackProps {
  /** What the code of the app chooses; context (`cdk deploy -c …`) chooses the rest. */
  readonly slipway?: SlipwayProps;
}

export class SlipwayStack extends Stack {
  readonly slipway: Slipway;

  constructor(scope: Construct, id: string, { slipway, ...props }: SlipwayStackProps = {}) {
    super(scope, id, { description: 'Slipway: the AWS Batch API, open, in this account', ...props });
    this.slipway = new Slipway(this, 'Service', {
      name: this.stackName.toLowerCase(),
      ...propsFromContext(this),
      ...slipway,
    });
  }
}

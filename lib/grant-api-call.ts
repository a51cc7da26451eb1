// What it takes to call the API: IAM lets the request in, and the service asks IAM about the action of AWS Batch that it stands for.
import { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { ApiCall } from './slipway-reference.ts';

export function grantApiCall(scope: Construct, apiId: string, grantee: IGrantable, call: ApiCall): Grant {
  const { paths, actions, resources } = call;
  const stack = Stack.of(scope);
  const wayIn = Grant.addToPrincipal({
    grantee,
    actions: ['execute-api:Invoke'],
    resourceArns: paths.map((path) =>
      stack.formatArn({ service: 'execute-api', resource: apiId, resourceName: `$default/${path}` }),
    ),
  });
  return wayIn.combine(
    Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [...resources] }),
  );
}

// What the constructs around a service need to know of it. The service itself fulfils it, in its own stack; `Slipway.fromAttributes` does in
// another one, or another app.
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import type { IGrantable, Grant } from 'aws-cdk-lib/aws-iam';
import type { IConstruct, IDependable } from 'constructs';

export interface ISlipway extends IConstruct {
  /** The function that answers for queues, environments, definitions and policies as CloudFormation resources. */
  readonly resourceFunctionArn: string;
  /** The HTTP API with IAM identities. */
  readonly apiId: string;
  /** Where `Batch Job State Change` and the other events appear, with the source `slipway.batch`. */
  readonly eventBus: IEventBus;
  /** Where tasks and instances run unless an environment says otherwise. */
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  /** Whether tasks need a public address there to reach their images. */
  readonly assignPublicIp: boolean;
  /** The default role for starting containers: image pull and log output. */
  readonly executionRoleArn: string;
  /** The default instance profile of EC2 environments. */
  readonly instanceProfileArn: string;
  /** Everything that must work before the service can make a queue or an environment. */
  readonly ready: IDependable;

  /**
   * Lets an identity call operations of the API: the way in (execute-api), and the AWS Batch action on the resources.
   * `paths`: of the requests, such as `POST/v1/submitjob`.
   */
  grantCall(grantee: IGrantable, call: ApiCall): Grant;
}

export interface ApiCall {
  /** `POST/v1/submitjob` and so on, as execute-api names them. */
  readonly paths: readonly string[];
  /** `batch:SubmitJob` and so on. */
  readonly actions: readonly string[];
  /** ARNs of AWS Batch; `*` for actions that know no resource. */
  readonly resources: readonly string[];
}

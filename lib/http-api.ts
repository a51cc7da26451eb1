// The HTTP API: the routes of lambdas/registry.ts, each in front of the one function. Nobody passes without an identity: IAM checks the
// signature, or, on the second API that `accessKeys` adds, the function itself does against the keys that Slipway made.
import {
  HttpApi as HttpApiV2,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import type { IHttpRouteAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Requests a second, and how many may come at once before that counts. */
export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

export interface HttpApiProps {
  readonly name: string;
  readonly handler: IFunction;
  /** `ANY /v1/{proxy+}` and so on. */
  readonly routes: readonly string[];
  /** `own-keys`: requests come in unchecked, and the handler verifies each of them before anything else. */
  readonly identity: 'iam' | 'own-keys';
  readonly throttle: Throttle;
}

/** What is written of each request. Never a header: it may hold a signature. */
const ACCESS_LOG = {
  requestId: '$context.requestId',
  requestTime: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseLength: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  integrationError: '$context.integrationErrorMessage',
} as const;

export class HttpApi extends Construct {
  readonly api: HttpApiV2;
  readonly stage: HttpStage;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    this.api = new HttpApiV2(this, 'Api', {
      apiName: props.name,
      description: 'The AWS Batch API of Slipway',
      createDefaultStage: false,
    });
    const isIam = props.identity === 'iam';
    const authorizer: IHttpRouteAuthorizer = isIam ? new HttpIamAuthorizer() : new HttpNoneAuthorizer();
    const integration = new HttpLambdaIntegration('Handler', props.handler);
    const routes = props.routes.flatMap((route) => {
      const [method = '', path = ''] = route.split(' ');
      return this.api.addRoutes({ path, methods: [methodOf(method)], integration, authorizer });
    });
    const logs = new LogGroup(this, 'AccessLogs', {
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // `$default` has no prefix in the path: clients sign the path that the handler sees.
    this.stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        format: AccessLogFormat.custom(JSON.stringify(ACCESS_LOG)),
      },
    });
    if (!isIam) {
      for (const route of routes) {
        acknowledge(route, {
          'AwsSolutions-APIG4':
            "Signatures of Slipway's own access keys are for another service name, which no authoriser knows: the handler verifies them over the raw path and body.",
        });
      }
    }
  }

  /** Without a slash at the end, as clients take it. */
  get endpoint(): string {
    return this.api.apiEndpoint;
  }
}

function methodOf(text: string): HttpMethod {
  const methods: Readonly<Record<string, HttpMethod | undefined>> = HttpMethod;
  const method = methods[text];
  if (method === undefined) throw new Error(`a route's method must be one that HTTP knows, not ${text}`);
  return method;
}

// The HTTP API's payload, version 2, as the router's request, and the router's answer back. A signature covers the path as
// the client wrote it, so the path is restored where a gateway may have decoded it.
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ApiRequest } from '../api/request.ts';
import type { ApiResponse } from '../api/response.ts';

export type HttpEvent = Pick<
  APIGatewayProxyEventV2,
  'rawPath' | 'rawQueryString' | 'headers' | 'body' | 'isBase64Encoded'
> & {
  readonly requestContext: {
    readonly http: { readonly method: string; readonly sourceIp?: string };
    readonly authorizer?: { readonly iam?: IamCaller };
  };
};

/** What the gateway's IAM authoriser found of the caller. */
export interface IamCaller {
  readonly accessKey?: string;
  readonly accountId?: string;
  readonly callerId?: string;
  readonly userArn?: string;
  readonly userId?: string;
}

export function apiRequestOf(event: HttpEvent): ApiRequest {
  const { method, sourceIp } = event.requestContext.http;
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(event.headers)) headers[name.toLowerCase()] = value;
  return {
    method: method.toUpperCase(),
    rawPath: encodedPath(event.rawPath),
    rawQuery: event.rawQueryString,
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    ...(sourceIp === undefined ? {} : { sourceIp }),
  };
}

const TAGS = '/v1/tags/';

/** The only path with a part that is encoded: an ARN. A slash in it tells that it has been decoded. */
function encodedPath(path: string): string {
  if (!path.startsWith(TAGS)) return path;
  const arn = path.slice(TAGS.length);
  return arn.startsWith('arn:') ? TAGS + encodeURIComponent(arn) : path;
}

export function httpResultOf({ status, headers, body }: ApiResponse): APIGatewayProxyStructuredResultV2 {
  return { statusCode: status, headers: { ...headers }, body, isBase64Encoded: false };
}

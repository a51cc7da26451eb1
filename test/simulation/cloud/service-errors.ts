// Each service's own words for a refusal, and the calls of clients as calls of services.
import { anError } from '../../adapters/stepfunctions/fake-step-functions.ts';
import { ecsError } from '../../adapters/ecs/a-fake-ecs.ts';
import type { Service, ServiceCalls } from './service-calls.ts';

type ClientService = Exclude<Service, 'dynamodb' | 'cloudformation'>;
type Command = { readonly input: object; readonly constructor: { readonly name: string } };
type Answerer = (command: Command) => object | Promise<object>;

const THROTTLING: Readonly<Record<ClientService, string>> = {
  states: 'ThrottlingException',
  sqs: 'RequestThrottled',
  events: 'ThrottlingException',
  ecs: 'ThrottlingException',
  autoscaling: 'Throttling',
  ec2: 'RequestLimitExceeded',
  ssm: 'ThrottlingException',
  iam: 'Throttling',
  logs: 'ThrottlingException',
};
/** What each calls a failure of its own, where it is not `InternalServerError`. */
const FAILING: Partial<Record<ClientService, string>> = {
  autoscaling: 'InternalFailure',
  ec2: 'InternalError',
  iam: 'ServiceFailure',
  logs: 'ServiceUnavailableException',
};
const READS = /^(Describe|List|Get|Simulate)|Heartbeat/;

export function answererOf(
  services: ServiceCalls,
  answerers: Readonly<Record<ClientService, Answerer>>,
): (service: Service, command: object) => Promise<object> {
  return (service, given) => {
    const command = given as Command; // what clients send
    const operation = command.constructor.name.replace(/Command$/, '');
    const client = service as ClientService; // the table has no client
    return services.call({
      service,
      operation,
      about: () => JSON.stringify(command.input),
      reads: READS.test(operation),
      effect: () => answerers[client](command),
      error: (how) => errorOf(client, how),
    });
  };
}

function errorOf(service: ClientService, how: 'throttled' | 'refused' | 'lost'): Error {
  if (how === 'lost') return anError('Error', 'read ECONNRESET', { code: 'ECONNRESET' });
  if (service === 'ecs')
    return how === 'throttled'
      ? ecsError(THROTTLING.ecs, 'Rate exceeded')
      : ecsError('ServerException', 'Service Unavailable', 500);
  if (how === 'throttled')
    return anError(THROTTLING[service], 'Rate exceeded', { $metadata: { httpStatusCode: 400 } });
  return anError(FAILING[service] ?? 'InternalServerError', 'Service Unavailable', {
    $metadata: { httpStatusCode: 500 },
  });
}

// Asks a server what it is and where in CloudWatch its output, events and audit trail are.
import type { AccountPlace } from '../local/account-readers.ts';
import type { Server } from './server.ts';
import { requestJson } from './signed-request.ts';

export type Home = AccountPlace['home'];

export async function askHome(server: Server): Promise<Home> {
  const answer = await requestJson(server, { service: 'batch', method: 'GET', path: '/_slipway/home' });
  if (isHome(answer)) return answer;
  throw new Error(`The server answered /_slipway/home with something else: ${JSON.stringify(answer)}`);
}

function isHome(answer: unknown): answer is Home {
  if (typeof answer !== 'object' || answer === null || !('logGroups' in answer)) return false;
  const { logGroups } = answer;
  return typeof logGroups === 'object' && logGroups !== null && 'jobs' in logGroups && 'region' in answer;
}

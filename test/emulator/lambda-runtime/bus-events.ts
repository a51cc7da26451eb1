// Events of the bus as EventBridge delivers them; the emulator's differ.
import { callEmulator, fieldsOf, ROOT_KEY } from './emulator-call.ts';
import type { Fields } from './emulator-call.ts';
import { functionArn } from './invocation.ts';
import type { Answer, Invoke } from './invocation.ts';

/**
 * The emulator sends every event of the bus to the target of a rule that has a schedule and no pattern; and it writes null where AWS
 * leaves out what it does not know.
 */
export async function deliverBusEvent(event: Fields, invoke: Invoke): Promise<Answer> {
  if (event['source'] !== 'aws.events' && !(await hasPattern())) return { result: null };
  const whole = event['detail-type'] === 'ECS Task State Change' ? await withWholeTask(event) : event;
  return invokeLater(
    JSON.parse(JSON.stringify(whole, (_name, value: unknown) => value ?? undefined)),
    invoke,
  );
}

/** Lambda tries twice more what nobody waits for; it waits a minute and two, which a test has not. */
async function invokeLater(event: unknown, invoke: Invoke, again = 2): Promise<Answer> {
  const answer = await invoke(event);
  return answer.error && again > 0 ? invokeLater(event, invoke, again - 1) : answer;
}

let patterned: boolean | undefined;

/** Whether a rule that sends events here asks for any of them. */
async function hasPattern(): Promise<boolean> {
  if (patterned !== undefined) return patterned;
  const named = await call('events', 'AWSEvents.ListRuleNamesByTarget', { TargetArn: functionArn() });
  const names = Array.isArray(named['RuleNames']) ? named['RuleNames'] : [];
  const rules = await Promise.all(names.map((Name) => call('events', 'AWSEvents.DescribeRule', { Name })));
  patterned = rules.some(({ EventPattern }) => typeof EventPattern === 'string');
  return patterned;
}

const TIMES = ['createdAt', 'pullStartedAt', 'pullStoppedAt', 'startedAt', 'stoppedAt'] as const;

/** AWS's event holds all that DescribeTasks tells, with times in words; the emulator's leaves most of it out. */
async function withWholeTask(event: Fields): Promise<Fields> {
  const detail = fieldsOf(event['detail']);
  const { tasks } = await call('ecs', 'AmazonEC2ContainerServiceV20141113.DescribeTasks', {
    cluster: detail['clusterArn'],
    tasks: [detail['taskArn']],
  });
  const task = fieldsOf(Array.isArray(tasks) ? tasks[0] : undefined);
  const times = TIMES.filter((name) => name !== 'stoppedAt' || detail['lastStatus'] === 'STOPPED');
  const told = Object.fromEntries(times.map((name) => [name, inWords(task[name])]));
  return { ...event, detail: { startedBy: task['startedBy'], ...told, ...detail } };
}

function inWords(seconds: unknown): string | undefined {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toISOString() : undefined;
}

function call(service: string, target: string, body: unknown): Promise<Fields> {
  return callEmulator(service, { key: ROOT_KEY, target, body });
}

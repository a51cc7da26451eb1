// CloudWatch Logs, as far as the audit trail needs it: streams that must exist, and what was put into them.
import { CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { AuditRecord } from '../../../core/access/audit-record.ts';
import { anError } from '../../adapters/stepfunctions/fake-step-functions.ts';

export interface SimulatedLogs {
  /** What CloudWatch Logs does of a client's command. */
  readonly answer: (command: object) => object;
}

export function createSimulatedLogs(onRecord: (record: AuditRecord) => void): SimulatedLogs {
  const streams = new Set<string>();
  return {
    answer(command) {
      if (command instanceof CreateLogStreamCommand) {
        const { logGroupName, logStreamName } = command.input;
        const stream = `${logGroupName} ${logStreamName}`;
        if (streams.has(stream)) throw anError('ResourceAlreadyExistsException', stream);
        streams.add(stream);
        return {};
      }
      if (!(command instanceof PutLogEventsCommand)) throw new Error('Logs have no such operation here');
      const { logGroupName, logStreamName, logEvents = [] } = command.input;
      if (!streams.has(`${logGroupName} ${logStreamName}`))
        throw anError('ResourceNotFoundException', 'The specified log stream does not exist.');
      for (const { message = '{}' } of logEvents) onRecord(JSON.parse(message) as AuditRecord); // written by the sink only
      return {};
    },
  };
}

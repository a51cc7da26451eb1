// Lines of the log, as Powertools writes them.
import { Logger } from '@aws-lambda-powertools/logger';

export type LogWriter = (
  level: 'info' | 'error',
  event: string,
  fields: Readonly<Record<string, unknown>>,
) => void;

export function createLogWriter(serviceName: string): LogWriter {
  const logger = new Logger({ serviceName });
  return (level, event, fields) => logger[level](event, { event, ...fields });
}

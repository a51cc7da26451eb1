// One call of the audit trail, on one line.
import { paint, type Terminal } from './terminal.ts';
import { formatTime, plain } from './wording.ts';

export interface AuditRecord {
  readonly eventTime: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly readOnly: boolean;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly userIdentity: { readonly arn: string; readonly userName?: string; readonly accessKeyId: string };
  readonly resources?: readonly { readonly ARN: string }[];
}

export function auditLine({ out }: Terminal, record: AuditRecord): string {
  const { userIdentity, eventName, errorCode, errorMessage, resources = [] } = record;
  const outcome = errorCode === undefined ? 'ok' : `${errorCode}: ${errorMessage ?? ''}`;
  const named = resources.map(({ ARN }) => ARN.replace(/^arn:[^:]*:batch:[^:]*:[^:]*:/, '')).join(', ');
  const line = [
    paint(out, 'dim', formatTime(Date.parse(record.eventTime))),
    plain(userIdentity.userName ?? userIdentity.arn),
    plain(eventName),
    paint(out, errorCode === undefined ? 'green' : 'red', plain(outcome)),
    ...(named === '' ? [] : [paint(out, 'dim', plain(named))]),
  ];
  return line.join('  ');
}

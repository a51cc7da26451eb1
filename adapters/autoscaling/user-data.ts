// What a machine does when it starts: what its owner's launch template says, then the settings by which its agent joins the
// cluster. Both travel as parts of one MIME message, which cloud-init takes apart.
// Source: Amazon ECS Developer Guide, "Amazon ECS container agent configuration"; AWS Batch User Guide, "Launch template support".

export interface JoinSettings {
  readonly clusterName: string;
  /** Kept by the container instance as an attribute: tells which infrastructure update launched it. */
  readonly generation: string;
  readonly isSpot: boolean;
  readonly hasGpus: boolean;
}

export const GENERATION_ATTRIBUTE = 'slipway.generation';
const BOUNDARY = '==slipway-user-data==';

/** In base64, as EC2 takes it. `own`: the owner's, in base64; a bare script or a MIME message of its own. */
export function userDataOf(settings: JoinSettings, own?: string): string {
  const parts = [...(own ? [ownPart(Buffer.from(own, 'base64').toString('utf8'))] : []), joinPart(settings)];
  const message = [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${BOUNDARY}"`,
    '',
    ...parts.map((part) => `--${BOUNDARY}\n${part}`),
    `--${BOUNDARY}--`,
    '',
  ].join('\n');
  return Buffer.from(message, 'utf8').toString('base64');
}

/** A message inside the message is taken apart as well, as long as its headers come first. */
function ownPart(text: string): string {
  if (/^(MIME-Version|Content-Type):/i.test(text))
    return text.replace(/^MIME-Version:.*\r?\n/i, '').trimEnd();
  if (text.startsWith('#cloud-config'))
    return `Content-Type: text/cloud-config; charset="us-ascii"\n\n${text}`;
  return `Content-Type: text/x-shellscript; charset="us-ascii"\n\n${text}`;
}

function joinPart(settings: JoinSettings): string {
  const lines = agentSettings(settings).map(([name, value]) => `${name}=${value}`);
  return [
    'Content-Type: text/x-shellscript; charset="us-ascii"',
    '',
    '#!/bin/bash',
    'mkdir -p /etc/ecs',
    // Quoted: nothing in it is the shell's to expand.
    "cat >> /etc/ecs/ecs.config <<'SLIPWAY'",
    ...lines,
    'SLIPWAY',
  ].join('\n');
}

function agentSettings({ clusterName, generation, isSpot, hasGpus }: JoinSettings): [string, string][] {
  return [
    ['ECS_CLUSTER', clusterName],
    ['ECS_INSTANCE_ATTRIBUTES', JSON.stringify({ [GENERATION_ATTRIBUTE]: generation })],
    // Logs are written with the job's execution role where it has one, as on Fargate.
    ['ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE', 'true'],
    ...(isSpot ? [['ECS_ENABLE_SPOT_INSTANCE_DRAINING', 'true'] as [string, string]] : []),
    ...(hasGpus ? [['ECS_ENABLE_GPU_SUPPORT', 'true'] as [string, string]] : []),
  ];
}

// Whether the server that commands would talk to answers, takes our keys and has our clock, and whether AWS clients of this
// shell would find it.
import type { Finding } from '../../local/examine-machine.ts';
import { CliError } from '../cli-error.ts';
import { findServer } from '../find-server.ts';
import type { Server, ServerOptions } from '../server.ts';
import { openBatch, isUnreachable } from '../use-server.ts';
import type { Terminal } from '../terminal.ts';
import { formatDuration } from '../wording.ts';

export interface ServerFindings {
  readonly findings: readonly Finding[];
  /** It answered. */
  readonly endpoint?: string;
}

/** Signatures are refused from a quarter of an hour on. */
const SKEW_WRONG_MS = 15 * 60_000;
const SKEW_NOTED_MS = 60_000;

export async function examineServer(terminal: Terminal, options: ServerOptions): Promise<ServerFindings> {
  let server: Server;
  try {
    server = findServer(terminal, options);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const mend = 'Start one in this folder: slipway local';
    return { findings: [{ about: 'Server', verdict: 'note', found: error.message, mend }] };
  }
  const answer = await ask(server);
  if (answer.kind === 'away') {
    const found = `none answers at ${server.endpoint} (from ${server.foundIn})`;
    return { findings: [{ about: 'Server', verdict: 'wrong', found, mend: 'Start it: slipway local' }] };
  }
  const findings: Finding[] = [
    { about: 'Server', verdict: 'ok', found: `${server.endpoint} (from ${server.foundIn})` },
    keysFinding(answer.refusal),
    clockFinding(answer.skewMs),
    variablesFinding(terminal, server),
  ];
  return { findings, endpoint: server.endpoint };
}

type Answer =
  | { readonly kind: 'away' }
  | { readonly kind: 'answered'; readonly skewMs: number; readonly refusal?: string };

async function ask(server: Server): Promise<Answer> {
  let skewMs: number;
  try {
    const response = await fetch(server.endpoint, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    skewMs = Date.parse(response.headers.get('date') ?? '') - Date.now();
  } catch {
    return { kind: 'away' };
  }
  const batch = await openBatch(server);
  try {
    await batch.describeJobQueues({ maxResults: 1 });
    return { kind: 'answered', skewMs };
  } catch (error) {
    if (isUnreachable(error)) return { kind: 'away' };
    return { kind: 'answered', skewMs, refusal: error instanceof Error ? error.message : String(error) };
  } finally {
    batch.destroy();
  }
}

function keysFinding(refusal: string | undefined): Finding {
  if (refusal === undefined) return { about: 'Keys', verdict: 'ok', found: 'the server takes them' };
  return {
    about: 'Keys',
    verdict: 'wrong',
    found: `a signed call was refused: ${refusal}`,
    mend: 'eval "$(slipway env)" sets the keys of the server in this folder.',
  };
}

function clockFinding(skewMs: number): Finding {
  const about = 'Clock';
  const by = Math.abs(skewMs);
  if (Number.isNaN(by)) return { about, verdict: 'note', found: 'the server does not tell its time' };
  // The server's header has whole seconds.
  if (by < SKEW_NOTED_MS) return { about, verdict: 'ok', found: 'the same as the server’s' };
  const found = `${formatDuration(by)} ${skewMs > 0 ? 'behind' : 'ahead of'} the server’s`;
  const mend = 'Set this machine’s clock (NTP): signatures that are 15 minutes off are refused.';
  return { about, verdict: by < SKEW_WRONG_MS ? 'note' : 'wrong', found, mend };
}

function variablesFinding({ env }: Terminal, server: Server): Finding {
  const about = 'AWS clients';
  const pointed = env['AWS_ENDPOINT_URL_BATCH'] ?? env['AWS_ENDPOINT_URL'];
  const mend = 'eval "$(slipway env)"';
  if (pointed === undefined) {
    const found = 'of this shell go to AWS: AWS_ENDPOINT_URL_BATCH is not set';
    return { about, verdict: 'note', found, mend };
  }
  if (URL.canParse(pointed) && new URL(pointed).host === new URL(server.endpoint).host) {
    return { about, verdict: 'ok', found: `of this shell come here: ${pointed}` };
  }
  return { about, verdict: 'note', found: `of this shell go elsewhere: ${pointed}`, mend };
}

// What a function writes goes to its log group, as Lambda sends it there; the emulator leaves it in the container alone.
import { callEmulator, ROOT_KEY } from './emulator-call.ts';

const written: { readonly timestamp: number; readonly message: string }[] = [];
let hasStream = false;

/** From here on; what is written still shows in the container's own log. */
export function keepWhatIsWritten(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
      const message = String(chunk).trimEnd();
      if (message !== '') written.push({ timestamp: Date.now(), message });
      return write(chunk, ...rest);
    };
  }
}

/** To be awaited before an invocation is answered: nothing runs after it. */
export async function sendWhatWasWritten(): Promise<void> {
  const logEvents = written.splice(0);
  const logGroupName = process.env['AWS_LAMBDA_LOG_GROUP_NAME'];
  const logStreamName = process.env['AWS_LAMBDA_LOG_STREAM_NAME'];
  if (!logGroupName || !logStreamName || logEvents.length === 0) return;
  try {
    if (!hasStream) await call('CreateLogStream', { logGroupName, logStreamName });
    hasStream = true;
    await call('PutLogEvents', { logGroupName, logStreamName, logEvents });
  } catch (error) {
    console.error('the log could not be sent', error); // it is in the container's log all the same
  }
}

async function call(operation: string, body: unknown): Promise<void> {
  await callEmulator('logs', { key: ROOT_KEY, target: `Logs_20140328.${operation}`, body });
}

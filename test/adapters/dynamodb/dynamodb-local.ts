// Amazon's DynamoDB Local, for tests only: fetched from Maven once, started on a free port of loopback, gone with the test run.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';

const VERSION = '2.6.1';
const MAIN_CLASS = 'com.amazonaws.services.dynamodbv2.local.main.ServerRunner';
const START_LIMIT_MS = 60_000;

export interface DynamoDbLocal {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  stop(): Promise<void>;
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>slipway.test</groupId><artifactId>dynamodb-local</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>com.amazonaws</groupId><artifactId>DynamoDBLocal</artifactId><version>${VERSION}</version>
  </dependency></dependencies>
</project>`;

/** The folder with the jars. Filled beside its final place and then renamed, so that it is whole or absent. */
function jarFolder(): string {
  const folder = join(homedir(), '.cache', 'slipway-test', `dynamodb-local-${VERSION}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const build = mkdtempSync(`${folder}-`);
  try {
    writeFileSync(join(build, 'pom.xml'), POM);
    const copy = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${join(build, 'lib')}`];
    const run = spawnSync('mvn', copy, { cwd: build, encoding: 'utf8' });
    if (run.status !== 0)
      throw new Error(`mvn could not fetch DynamoDB Local ${VERSION}: ${run.stdout}${run.stderr}`);
    renameSync(join(build, 'lib'), folder);
  } finally {
    rmSync(build, { recursive: true });
  }
  return folder;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port to listen on');
  return address.port;
}

export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const lib = jarFolder();
  const port = await freePort();
  const java = spawn(
    'java',
    [
      `-Djava.library.path=${lib}`,
      '-cp',
      join(lib, '*'),
      MAIN_CLASS,
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    { stdio: 'ignore' },
  );
  const exited = new Promise<void>((resolve) => java.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const client = new DynamoDBClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const stop = async (): Promise<void> => {
    client.destroy();
    java.kill('SIGKILL');
    await exited;
  };
  try {
    await untilItAnswers(client, () => java.exitCode);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint, client, stop };
}

async function untilItAnswers(client: DynamoDBClient, exitCode: () => number | null): Promise<void> {
  for (const started = performance.now(); ;) {
    try {
      await client.send(new ListTablesCommand({}));
      return;
    } catch (error) {
      if (exitCode() !== null) throw new Error(`DynamoDB Local ended with ${exitCode()}`, { cause: error });
      if (performance.now() - started > START_LIMIT_MS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

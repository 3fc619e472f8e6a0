import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { mavenClassPath } from './maven.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** OpenSearch itself, from its jars: the newest that Java 17 runs. */
export interface OpenSearchProgram {
  readonly classPath: string;
}

export interface OpenSearchServer extends ServerProcess {
  /** `http:` URL, without a slash at its end. */
  readonly url: string;
  /** Asks the server something beside the store. */
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>;
}

const VERSION = '2.19.6';
const ARTIFACTS = [
  `org.opensearch:opensearch:${VERSION}`,
  `org.opensearch.plugin:transport-netty4-client:${VERSION}`,
  `org.opensearch.plugin:lang-painless:${VERSION}`,
  'org.apache.logging.log4j:log4j-core:2.25.4',
];

export async function installOpenSearch(say: (line: string) => void): Promise<OpenSearchProgram> {
  return { classPath: await mavenClassPath(ARTIFACTS, say) };
}

/** Starts one node with a folder of its own, without its security plugin. It takes about four seconds. */
export async function startOpenSearch(
  { classPath }: OpenSearchProgram,
  settings: Readonly<Record<string, string>> = {},
): Promise<OpenSearchServer> {
  const directory = mkdtempSync(join(tmpdir(), 'opensearch-'));
  mkdirSync(join(directory, 'config'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: 'java',
    args: [
      ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', classPath],
      ...[join(__dirname, 'OpenSearchNode.java'), directory, String(port)],
      ...Object.entries(settings).map(([name, value]) => `${name}=${value}`),
    ],
    port,
    startTimeout: 60_000,
    ready: () => isReady(url),
  });
  return {
    ...server,
    url,
    ask: (method, path, body) => ask(`${url}${path}`, method, body),
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  const answer = await ask(`${url}/_cluster/health`, 'GET').catch(() => undefined);
  return answer?.status === 200 && answer.body.status !== 'red';
}

async function ask(
  url: string,
  method: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(10_000),
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: response.status, body: JSON.parse((await response.text()) || '{}') as Record<string, unknown> };
}

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** How to start one node of OpenSearch or Elasticsearch from its jars. */
export interface SearchNodeProps {
  /** Path of the program. */
  readonly java: string;
  readonly classPath: string;
  /** Source file in this folder that starts it: FOLDER SETTING=VALUE ... */
  readonly launcher: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Puts into the folder what the node looks for. */
  readonly prepare?: (directory: string) => void;
}

export interface SearchServer extends ServerProcess {
  /** `http:` URL, without a slash at its end. */
  readonly url: string;
  /** Asks the server something beside the store. */
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Removes every index: a node takes a thousand. */
  clear(): Promise<void>;
}

/** One node for itself, which nobody else reaches. */
const SETTINGS = {
  'cluster.name': 'test',
  'node.name': 'node',
  'network.host': '127.0.0.1',
  'transport.port': '0',
  'discovery.type': 'single-node',
  'node.store.allow_mmap': 'false',
};

/** Starts one node with a folder of its own, without security. It takes about four seconds. */
export async function startSearchNode(props: SearchNodeProps): Promise<SearchServer> {
  const directory = mkdtempSync(join(tmpdir(), 'search-'));
  mkdirSync(join(directory, 'config'));
  props.prepare?.(directory);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    command: props.java,
    args: [
      ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', props.classPath],
      ...[join(__dirname, props.launcher), directory, `http.port=${port}`],
      ...Object.entries({ ...SETTINGS, ...props.settings }).map(([name, value]) => `${name}=${value}`),
    ],
    port,
    startTimeout: 60_000,
    ready: () => isReady(url),
  });
  return {
    ...server,
    url,
    ask: (method, path, body) => ask(`${url}${path}`, method, body),
    clear: async () => {
      const { body } = await ask(`${url}/_settings?filter_path=*.settings.index.provided_name`, 'GET');
      const names = Object.keys(body);
      if (names.length > 0) await ask(`${url}/${names.map(encodeURIComponent).join(',')}`, 'DELETE');
    },
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

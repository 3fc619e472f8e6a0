import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';

import Connection from '@opensearch-project/opensearch/lib/Connection.js';
import { CloudConnectionPool } from '@opensearch-project/opensearch/lib/pool/index.js';
import Serializer from '@opensearch-project/opensearch/lib/Serializer.js';
import Transport from '@opensearch-project/opensearch/lib/Transport.js';

import { StoreAccessError, StoreRejectedError } from '../errors.ts';
import { LIMITS } from './limits.ts';
import type { SearchAuth, SearchUrl } from './url.ts';
import type { Answer, Request, SendOptions, Wire } from './wire.ts';

/** The client's own reading refuses members that it thinks dangerous; here they are data, and get into no prototype. */
class PlainJson extends Serializer {
  override deserialize(text: string): unknown {
    return JSON.parse(text) as unknown;
  }
}

/** Credentials of AWS, found again when they are about to expire. */
export type AwsCredentials = () => Promise<{
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}>;

/**
 * Opens OpenSearch's own client, without its methods for hundreds of APIs: they would make up most of the bundle.
 *
 * Elasticsearch takes the same requests. The client asks no server for its brand, and sends plain `application/json`.
 */
export async function openWire(url: Pick<SearchUrl, 'node' | 'ca' | 'auth'>, find?: AwsCredentials): Promise<Wire> {
  const tls = await tlsOptions(url.ca);
  const agentOptions = {
    keepAlive: true,
    maxSockets: LIMITS.CONNECTIONS,
    maxFreeSockets: LIMITS.CONNECTIONS,
    scheduling: 'lifo',
    timeout: LIMITS.IDLE_MS,
  } as const;
  const secure = url.node.startsWith('https:');
  const agent = secure ? new https.Agent({ ...agentOptions, ...tls }) : new http.Agent(agentOptions);
  const parts = url.auth.kind === 'sigv4' ? await signing(url.auth, find) : { Connection, Transport };
  const ignore = (): boolean => false;
  // One address: the pool that never takes it for dead. Whether to try again is decided by the calls above it.
  const connectionPool = new CloudConnectionPool({ Connection: parts.Connection, emit: ignore });
  connectionPool.addConnection({ url: new URL(url.node), agent: () => agent });
  const transport = new parts.Transport({
    emit: ignore,
    connectionPool,
    serializer: new PlainJson(),
    maxRetries: 0,
    // As the agent's, so that the clock of a connection is not set anew for each request; calls have their own.
    requestTimeout: LIMITS.IDLE_MS,
    sniffEndpoint: '',
  });
  return {
    send: (request, options) => send(transport, request, options),
    close: () => {
      agent.destroy();
    },
  };
}

/** The client's timeout is between two signs of life; ours is for the whole answer. */
function send(transport: Transport, request: Request, options: SendOptions): Promise<Answer> {
  const { method, path, query, body, lines } = request;
  const params = { method, path, querystring: query && { ...query }, ...(lines ? { bulkBody: body } : { body }) };
  const { timeoutMs, authorization } = options;
  // One promise and one callback: this is on the way of every call.
  return new Promise((resolve, reject) => {
    let sent: { abort(): unknown } | undefined;
    const timer = setTimeout(() => {
      reject(new Error('ETIMEDOUT'));
      sent?.abort();
    }, timeoutMs);
    try {
      sent = transport.request(params, authorization === undefined ? {} : { headers: { authorization } }, done);
    } catch (error) {
      done(error as Error); // what no header may hold
    }
    function done(error: Error | null, answer?: { statusCode: number | null; body: unknown }): void {
      clearTimeout(timer);
      const said = error ? answerOf(error) : { status: answer?.statusCode ?? 0, body: answer?.body };
      if (said) resolve(said);
      else reject(error ?? new Error('no answer'));
    }
  });
}

/** The client fails with answers that say no. */
function answerOf(error: Error): Answer | undefined {
  const { name, meta } = error as { name?: string; meta?: { statusCode?: number; body?: unknown } };
  if (name !== 'ResponseError' || typeof meta?.statusCode !== 'number') return undefined;
  return { status: meta.statusCode, body: meta.body };
}

async function signing(
  { service, region }: Extract<SearchAuth, { kind: 'sigv4' }>,
  find?: AwsCredentials,
): Promise<{ Connection: typeof Connection; Transport: typeof Transport }> {
  const { AwsSigv4Signer } = await import('@opensearch-project/opensearch/aws-v3');
  const provider = find ?? (await import('@aws-sdk/credential-provider-node')).defaultProvider();
  const signer = AwsSigv4Signer({
    service,
    region,
    getCredentials: async () => {
      try {
        return await provider();
      } catch (error) {
        const name = error instanceof Error ? error.name : 'unknown failure';
        throw new StoreAccessError(`no credentials of AWS to sign with (${name}): give the process a role`);
      }
    },
  });
  return signer;
}

async function tlsOptions(ca: string | undefined): Promise<{ ca?: Buffer }> {
  if (ca === undefined) return {};
  try {
    return { ca: await readFile(ca) };
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new StoreRejectedError(`the file that the store URL names as ca cannot be read: ${code}`);
  }
}

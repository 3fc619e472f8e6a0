import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

import { type App, createApp } from '../../lambda/app.ts';
import type { HttpReply, HttpRequest } from '../../lambda/host/http.ts';
import type { RuntimeParts } from '../../lambda/parts.ts';
import type { ServedServer } from '../../lambda/serve.ts';
import { memoryAdapter } from '../../lambda/store/adapters/memory.ts';
import { type AuthPolicy, readWiring, writeWiring } from '../../lambda/wiring.ts';
import type { Message } from './message.ts';
import { recordingLog } from './recording-log.ts';

export type Era = 'modern' | 'legacy';
export const ERAS: readonly Era[] = ['modern', 'legacy'];

export const MEMORY_PARTS: RuntimeParts = { stores: [memoryAdapter] };

/** The environment of a server with storage in memory. */
export function memoryEnv(auth: AuthPolicy = { mode: 'none' }, baseUrl?: string): Record<string, string> {
  return writeWiring({ serverName: 'test', storeUrl: 'memory:', auth, ...(baseUrl !== undefined && { baseUrl }) });
}

export interface TestApp extends App {
  readonly log: ReturnType<typeof recordingLog>;
}

export function testApp(
  served: ServedServer,
  options: { auth?: AuthPolicy; parts?: Partial<RuntimeParts>; hosts?: readonly string[]; keysSecret?: string } = {},
): TestApp {
  const log = recordingLog();
  const wiring = { ...readWiring(memoryEnv(options.auth)), keysSecret: options.keysSecret };
  const app = createApp(served, wiring, { ...MEMORY_PARTS, ...options.parts }, { log, hosts: options.hosts });
  return { ...app, log };
}

export const ORIGIN = 'https://mcp.example.com';

/** A request as a host hands it over. */
export function httpRequest(request: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    path: '/mcp',
    query: '',
    headers: {},
    body: '',
    origin: ORIGIN,
    signal: new AbortController().signal,
    ...request,
  };
}

/** A call of MCP, with the headers and the envelope that its era wants. */
export function rpcRequest(
  era: Era,
  method: string,
  params: Record<string, unknown> = {},
  more: { id?: unknown; headers?: Record<string, string> } = {},
): HttpRequest {
  const { id = 1, headers } = more;
  const name = params.name ?? params.uri;
  const envelope = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': {},
    ...(params._meta as object | undefined),
  };
  return httpRequest({
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(era === 'modern'
        ? {
            'mcp-protocol-version': '2026-07-28',
            'mcp-method': method,
            ...(typeof name === 'string' && { 'mcp-name': name }),
          }
        : { 'mcp-protocol-version': '2025-11-25' }),
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id,
      method,
      params: era === 'modern' ? { ...params, _meta: envelope } : params,
    }),
  });
}

/** The whole body of an answer, as text. */
export async function bodyText({ body }: HttpReply): Promise<string> {
  if (body === undefined || typeof body === 'string') return body ?? '';
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Every message of JSON-RPC in an answer, whether it is JSON or an event stream. */
export async function messages(reply: HttpReply): Promise<Message[]> {
  const text = await bodyText(reply);
  if (text === '') return [];
  if (!reply.headers['content-type']?.startsWith('text/event-stream')) return [JSON.parse(text)];
  return text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []));
}

/** The official client, connected. */
export async function connect(url: string, era: Era, headers: Record<string, string> = {}): Promise<Client> {
  const client = new Client(
    { name: 'test', version: '1.0.0' },
    { versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
  return client;
}

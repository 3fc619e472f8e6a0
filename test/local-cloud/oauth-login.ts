import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';

import { bytesOf } from '../support/loopback.ts';

/** One of several instances of a server, which the test chooses in place of a load balancer. */
export interface Instance {
  readonly address: string;
  readonly port: number;
}

/** What a browser or a client sends. */
interface Message {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Where the client waits for its code. Nobody listens there: the test reads the redirect. */
const CALLBACK = 'http://127.0.0.1:9/callback';

/** A client that has logged in. */
export interface LoggedIn {
  readonly clientId: string;
  readonly accessToken: string;
}

/**
 * A client of MCP that registers and logs in, and the browser of its user, at a server of several instances: each request
 * goes to the instance whose turn it is, so that no two steps in a row meet the same one.
 */
export class OAuthLogin {
  /** The name that the server is called by. */
  readonly #origin: URL;
  readonly #instances: readonly Instance[];
  readonly #cookies = new Map<string, string>();
  #turn = 0;

  constructor(serverUrl: string, instances: readonly Instance[]) {
    this.#origin = new URL(serverUrl);
    this.#instances = instances;
  }

  /** @throws Error with the answer that was not expected */
  async run(): Promise<LoggedIn> {
    const clientId = await this.#register();
    const verifier = randomBytes(32).toString('base64url');
    const code = await this.#authorize(clientId, createHash('sha256').update(verifier).digest('base64url'));
    return { clientId, accessToken: await this.#redeem(clientId, code, verifier) };
  }

  /** Calls a tool at one instance. @returns status and text */
  async call(instance: Instance, token: string, name: string, args: object = {}): Promise<Reply> {
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'login', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    return this.#send(instance, new URL('/mcp', this.#origin), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: args, _meta: meta },
      }),
    });
  }

  /** Whether a registered client is known at an instance, which it may not be where it was registered. */
  async knows(instance: Instance, clientId: string): Promise<boolean> {
    const { status } = await this.#send(instance, this.#authorizeUrl(clientId, 'x'.repeat(43)), {});
    return status === 302;
  }

  async #register(): Promise<string> {
    const body = JSON.stringify({
      client_name: 'login',
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'none',
    });
    const headers = { 'content-type': 'application/json' };
    const { status, text } = await this.#next('/register', { method: 'POST', headers, body });
    if (status !== 201) throw new Error(`register: ${status} ${text}`);
    return (JSON.parse(text) as { client_id: string }).client_id;
  }

  /** The browser: consent, GitHub, and back. */
  async #authorize(clientId: string, challenge: string): Promise<string> {
    const consent = await this.#redirect(this.#authorizeUrl(clientId, challenge));
    const page = await this.#next(consent.href, {});
    const field = (name: string): string => new RegExp(`name="${name}"[^>]*value="([^"]*)"`).exec(page.text)?.[1] ?? '';
    const form = { txn_id: field('txn_id'), csrf_token: field('csrf_token'), action: 'approve' };
    const github = await this.#redirect(new URL('/consent', this.#origin), {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    const agreed = await fetch(github, { redirect: 'manual' });
    const back = await this.#redirect(new URL(agreed.headers.get('location') ?? ''));
    if (!back.href.startsWith(CALLBACK)) throw new Error(`the login ended at ${back.href}`);
    return back.searchParams.get('code') ?? '';
  }

  async #redeem(clientId: string, code: string, verifier: string): Promise<string> {
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      client_id: clientId,
      code_verifier: verifier,
    };
    const { status, text } = await this.#next('/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
    });
    if (status !== 200) throw new Error(`token: ${status} ${text}`);
    return (JSON.parse(text) as { access_token: string }).access_token;
  }

  #authorizeUrl(clientId: string, challenge: string): URL {
    const url = new URL('/authorize', this.#origin);
    const query = { response_type: 'code', client_id: clientId, redirect_uri: CALLBACK, state: 'state' };
    const proof = { code_challenge: challenge, code_challenge_method: 'S256' };
    for (const [name, value] of Object.entries({ ...query, ...proof })) url.searchParams.set(name, value);
    return url;
  }

  async #redirect(url: URL, message: Message = {}): Promise<URL> {
    const { status, headers, text } = await this.#next(url.href, message);
    if (typeof headers.location !== 'string') throw new Error(`${url.pathname}: ${status} ${text.slice(0, 500)}`);
    return new URL(headers.location, this.#origin);
  }

  #next(path: string, message: Message): Promise<Reply> {
    return this.#send(this.#instances[this.#turn++ % this.#instances.length]!, new URL(path, this.#origin), message);
  }

  async #send(instance: Instance, url: URL, { method = 'GET', headers, body }: Message): Promise<Reply> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await new Promise<Reply>((resolve, reject) => {
      const sent = request(
        {
          host: instance.address,
          port: instance.port,
          method,
          path: `${url.pathname}${url.search}`,
          headers: { host: this.#origin.host, ...(cookie && { cookie }), ...headers },
        },
        (reply) => {
          bytesOf(reply).then((bytes) => {
            resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text: bytes.toString() });
          }, reject);
        },
      );
      sent.on('error', reject).end(body);
    });
    for (const line of (answer.headers['set-cookie'] ?? []) as string[]) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/max-age=0/i.test(line) || value === '' || value === '""') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

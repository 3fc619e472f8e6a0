import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';

import type { HttpRequest } from '../../../lambda/host/http.ts';

export const ORIGIN = 'https://mcp.example.com';
export const AUDIENCE = 'https://mcp.example.com/mcp';

export interface SigningKey {
  readonly kid: string | undefined;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

export async function signingKey(kid: string | undefined, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), alg, use: 'sig', ...(kid !== undefined && { kid }) };
  return { kid, alg, privateKey, publicKey, jwk };
}

/** An issuer on loopback. Fields are read at each request, so that a test can break it while it runs. */
export class LocalIssuer {
  readonly #server: Server;
  /** Stays when it is stopped. */
  port = 0;
  /** Path behind the origin, part of the issuer. */
  path = '';
  /** Keys that it publishes. */
  keys: JWK[] = [];
  /** Paths it was asked for. */
  readonly asked: string[] = [];
  /** Answers instead of the issuer when it returns true. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  /** Which metadata documents exist. */
  metadata: 'oauth' | 'oidc-inserted' | 'oidc-appended' | 'none' = 'oauth';
  /** Members that replace those of the metadata document. */
  overrides: Record<string, unknown> = {};

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) =>
      this.#server.close(() => {
        resolve();
      }),
    );
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get issuer(): string {
    return `${this.origin}${this.path}`;
  }

  get jwksUri(): string {
    return `${this.origin}/keys`;
  }

  /** How often the key set was asked for. */
  get keyReads(): number {
    return this.asked.filter((path) => path === '/keys').length;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    this.asked.push(path);
    if (this.intercept?.(request, response)) return;
    const trimmed = this.path.replace(/\/$/, '');
    const metadataPath = {
      oauth: `/.well-known/oauth-authorization-server${trimmed}`,
      'oidc-inserted': `/.well-known/openid-configuration${trimmed}`,
      'oidc-appended': `${trimmed}/.well-known/openid-configuration`,
      none: undefined,
    }[this.metadata];
    if (path === '/keys') sendJson(response, { keys: this.keys });
    else if (path === metadataPath)
      sendJson(response, { issuer: this.issuer, jwks_uri: this.jwksUri, ...this.overrides });
    else response.writeHead(404).end('no such page');
  }
}

export function sendJson(response: ServerResponse, document: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}

/** Claims of a good token. */
export function claims(issuer: string, changes: JWTPayload = {}, nowMs = Date.now()): JWTPayload {
  const now = Math.floor(nowMs / 1000);
  const all: JWTPayload = {
    iss: issuer,
    aud: AUDIENCE,
    sub: 'user-1',
    client_id: 'client-1',
    scope: 'mcp:read mcp:write',
    iat: now,
    exp: now + 600,
    ...changes,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

export function sign(key: SigningKey, payload: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
  const all = { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...header };
  return new SignJWT(payload)
    .setProtectedHeader(
      Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as { alg: string },
    )
    .sign(key.privateKey);
}

export function httpRequest(changes: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'POST',
    path: '/mcp',
    query: '',
    headers: {},
    body: Buffer.alloc(0),
    origin: ORIGIN,
    signal: new AbortController().signal,
    ...changes,
  };
}

export function withToken(token: string): HttpRequest {
  return httpRequest({ headers: { authorization: `Bearer ${token}` } });
}

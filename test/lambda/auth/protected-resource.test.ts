import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import {
  discoverOAuthProtectedResourceMetadata,
  discoverOAuthServerInfo,
  extractWWWAuthenticateParams,
} from '@modelcontextprotocol/client';

import { jwtAuthenticator } from '../../../lambda/auth/jwt.ts';
import { protectedResourceReply } from '../../../lambda/auth/protected-resource.ts';
import type { HttpReply } from '../../../lambda/host/http.ts';
import type { JwtAuthPolicy } from '../../../lambda/wiring.ts';
import { AUDIENCE, claims, httpRequest, LocalIssuer, ORIGIN, sign, signingKey } from './local-issuer.ts';

const PATHS = ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource'];
const POLICY: JwtAuthPolicy = {
  mode: 'jwt',
  issuer: 'https://idp.example.com/realms/one',
  audience: ['api://somewhere'],
  scopes: ['mcp:read', 'offline_access', 'mcp:write', 'mcp:read'],
};

function reply(method: string, path: string, policy: Parameters<typeof protectedResourceReply>[1] = POLICY): HttpReply {
  const answer = protectedResourceReply(httpRequest({ method, path }), policy);
  if (!answer) throw new Error('no reply');
  return answer;
}

describe.each(PATHS)('the document at %s', (path) => {
  test('names resource, issuer verbatim and scopes, and never offline_access', () => {
    const { status, headers, body } = reply('GET', path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'content-type': 'application/json', 'access-control-allow-origin': '*' });
    expect(JSON.parse(body as string)).toEqual({
      resource: `${ORIGIN}/mcp`,
      authorization_servers: ['https://idp.example.com/realms/one'],
      scopes_supported: ['mcp:read', 'mcp:write'],
      bearer_methods_supported: ['header'],
    });
  });

  test.each(['https://idp.example.com', 'https://idp.example.com/', 'https://IDP.example.com/x/'])(
    'leaves the issuer %s as it is',
    (issuer) => {
      const document = JSON.parse(reply('GET', path, { ...POLICY, issuer }).body as string) as {
        authorization_servers: string[];
      };
      expect(document.authorization_servers).toEqual([issuer]);
    },
  );

  test('leaves scopes out when there are none (RFC 9728: no empty lists)', () => {
    expect(JSON.parse(reply('GET', path, { ...POLICY, scopes: [] }).body as string)).not.toHaveProperty(
      'scopes_supported',
    );
  });

  test('HEAD has the headers and no body', () => {
    const { body, ...head } = reply('HEAD', path);
    expect(body).toBeUndefined();
    expect(head).toEqual({ status: 200, headers: reply('GET', path).headers });
  });

  test('OPTIONS lets any page read it', () => {
    expect(reply('OPTIONS', path)).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, HEAD, OPTIONS' },
    });
  });

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'get', 'TRACE'])('%s is 405', (method) => {
    expect(reply(method, path)).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } });
  });

  test.each(['none', 'iam'] as const)('is not there in the mode %s', (mode) => {
    expect(protectedResourceReply(httpRequest({ method: 'GET', path }), { mode })).toBeUndefined();
  });
});

test.each([
  '/mcp',
  '/',
  '/.well-known/oauth-protected-resource/',
  '/.well-known/oauth-protected-resource/other',
  '/.well-known/oauth-authorization-server',
  '/x/.well-known/oauth-protected-resource',
])('%s is another page', (path) => {
  expect(protectedResourceReply(httpRequest({ method: 'GET', path }), POLICY)).toBeUndefined();
});

test('the origin comes from the configuration, whatever the headers say', () => {
  const headers = {
    host: 'evil.example.com',
    'x-forwarded-host': 'evil.example.com',
    forwarded: 'host=evil.example.com',
  };
  const answer = protectedResourceReply(httpRequest({ method: 'GET', path: PATHS[0]!, headers }), POLICY);
  expect(answer!.body).not.toContain('evil');
});

describe('the official client', () => {
  let issuer: LocalIssuer;
  let server: Server;
  let origin: string;
  let url: string;
  let hidden = new Set<string>();

  beforeAll(async () => {
    issuer = await new LocalIssuer().start();
    issuer.overrides = {
      authorization_endpoint: `${issuer.origin}/authorize`,
      token_endpoint: `${issuer.origin}/token`,
      response_types_supported: ['code'],
    };
    const policy: JwtAuthPolicy = {
      mode: 'jwt',
      issuer: issuer.issuer,
      audience: [AUDIENCE],
      scopes: ['mcp:read', 'mcp:write'],
    };
    const authenticator = jwtAuthenticator(policy);
    server = createServer((incoming, outgoing) => {
      const path = incoming.url!;
      const request = httpRequest({
        method: incoming.method!,
        path,
        headers: incoming.headers as Record<string, string>,
        origin,
      });
      const document = hidden.has(path) ? { status: 404, headers: {} } : protectedResourceReply(request, policy);
      void (async () => {
        const result = document ? undefined : await authenticator.authenticate(request);
        const answer = document ?? (result && 'refusal' in result ? result.refusal : { status: 200, headers: {} });
        outgoing.writeHead(answer.status, answer.headers).end(answer.body as string | undefined);
      })();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    url = `${origin}/mcp`;
  });

  beforeEach(() => {
    hidden = new Set();
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    await issuer.stop();
  });

  test('reads the challenge of a request without a token', async () => {
    const response = await fetch(url, { method: 'POST' });
    expect(response.status).toBe(401);
    expect(extractWWWAuthenticateParams(response)).toEqual({
      resourceMetadataUrl: new URL(`${origin}${PATHS[0]!}`),
      scope: 'mcp:read mcp:write',
      error: undefined,
      errorDescription: undefined,
    });
  });

  test('reads the challenge of a bad token', async () => {
    const response = await fetch(url, { method: 'POST', headers: { authorization: 'Bearer a.b.c' } });
    expect(extractWWWAuthenticateParams(response)).toMatchObject({
      error: 'invalid_token',
      scope: 'mcp:read mcp:write',
    });
    expect(await response.json()).toEqual({ error: 'invalid_token', error_description: expect.any(String) });
  });

  test('reads the step-up of a token with too few scopes', async () => {
    const key = await signingKey('one');
    issuer.keys = [key.jwk];
    const authorization = `Bearer ${await sign(key, claims(issuer.issuer, { scope: 'mcp:read' }))}`;
    const response = await fetch(url, { method: 'POST', headers: { authorization } });
    expect(response.status).toBe(403);
    expect(extractWWWAuthenticateParams(response)).toMatchObject({
      resourceMetadataUrl: new URL(`${origin}${PATHS[0]!}`),
      error: 'insufficient_scope',
      scope: 'mcp:read mcp:write',
    });
  });

  test('finds the document by the challenge', async () => {
    const { resourceMetadataUrl } = extractWWWAuthenticateParams(await fetch(url, { method: 'POST' }));
    const document = await discoverOAuthProtectedResourceMetadata(url, { resourceMetadataUrl });
    expect(document).toMatchObject({ resource: url, authorization_servers: [issuer.issuer] });
  });

  test('finds the document without a challenge, at the path of the endpoint or else at the root', async () => {
    const document = await discoverOAuthProtectedResourceMetadata(url);
    hidden.add(PATHS[0]!);
    expect(await discoverOAuthProtectedResourceMetadata(url)).toEqual(document);
    hidden.add(PATHS[1]!);
    await expect(discoverOAuthProtectedResourceMetadata(url)).rejects.toThrow();
  });

  test('gets to the authorization server', async () => {
    const info = await discoverOAuthServerInfo(url);
    expect(info.authorizationServerUrl).toBe(issuer.issuer);
    expect(info.authorizationServerMetadata?.issuer).toBe(issuer.issuer);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

import { bytesOf, listen, type Listening } from '../support/loopback.ts';

/** What an OAuth app of GitHub is registered with. */
export interface GitHubApp {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Whom its user is. */
export const LOGIN = 'octocat';

/**
 * GitHub on this machine, as far as logging in goes: a user who always agrees, codes that are good once, and tokens.
 *
 * @see https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
export class FakeGitHub {
  /** Why requests were refused. */
  readonly refused: string[] = [];
  /** Tokens that it has given out. */
  readonly tokens = new Set<string>();
  readonly #app: GitHubApp;
  readonly #codes = new Map<string, { redirectUri: string; challenge: string | null }>();
  #server: Listening | undefined;

  private constructor(app: GitHubApp) {
    this.#app = app;
  }

  static async start(app: GitHubApp): Promise<FakeGitHub> {
    const github = new FakeGitHub(app);
    github.#server = await listen(
      createServer((request, response) => {
        void github.#answer(request).then(({ status = 200, location, body }) => {
          const headers = {
            'content-type': 'application/json',
            'x-oauth-scopes': 'read:user',
            ...(location && { location }),
          };
          response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
        });
      }),
    );
    return github;
  }

  get origin(): string {
    return `http://${this.#server?.host ?? ''}`;
  }

  async stop(): Promise<void> {
    await this.#server?.stop();
  }

  async #answer(request: IncomingMessage): Promise<{ status?: number; location?: string; body?: unknown }> {
    const url = new URL(request.url ?? '/', this.origin);
    if (url.pathname === '/login/oauth/authorize') return this.#authorize(url.searchParams);
    if (url.pathname === '/login/oauth/access_token') return this.#token(request);
    const token = /^(?:Bearer|token) (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    if (!this.tokens.has(token)) return this.#refuse(401, 'a token that was not given out here');
    if (url.pathname === '/user') return { body: { id: 583_231, login: LOGIN, name: 'The Octocat' } };
    return this.#refuse(404, url.pathname);
  }

  #authorize(query: URLSearchParams): { status: number; location?: string; body?: unknown } {
    const redirectUri = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.#app.clientId) return this.#refuse(404, 'another client_id');
    const code = randomBytes(10).toString('hex');
    this.#codes.set(code, { redirectUri, challenge: query.get('code_challenge') });
    const back = new URL(redirectUri);
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    return { status: 302, location: back.href };
  }

  async #token(request: IncomingMessage): Promise<{ status?: number; body: unknown }> {
    const form = new URLSearchParams((await bytesOf(request)).toString());
    const basic = Buffer.from(`${this.#app.clientId}:${this.#app.clientSecret}`).toString('base64');
    const inForm = form.get('client_id') === this.#app.clientId && form.get('client_secret') === this.#app.clientSecret;
    if (!inForm && request.headers.authorization !== `Basic ${basic}`) {
      return this.#refuse(401, 'another client secret');
    }
    const code = form.get('code') ?? '';
    const known = this.#codes.get(code);
    this.#codes.delete(code);
    if (!known || known.redirectUri !== form.get('redirect_uri')) return this.#refuse(400, 'an unknown code');
    const proof = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (known.challenge !== null && known.challenge !== proof) return this.#refuse(400, 'another code_verifier');
    const token = `gho_${randomBytes(18).toString('hex')}`;
    this.tokens.add(token);
    return { body: { access_token: token, token_type: 'bearer', scope: 'read:user' } };
  }

  #refuse(status: number, why: string): { status: number; body: unknown } {
    this.refused.push(why);
    return { status, body: { error: 'invalid_request', error_description: why } };
  }
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** GitHub and Secrets Manager, as far as the notes example needs them, on loopback. */
export class GitHubAndSecrets {
  readonly #server: Server;
  /** Texts of secrets by ARN. */
  readonly secrets = new Map<string, string>();
  /** Who signs in next. */
  user = { id: 42, login: 'ada' };
  readonly #users = new Map<string, { id: number; login: string }>();
  #last = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    });
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const body = await text(request);
    const json = (value: unknown, headers: Record<string, string> = {}, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
    };
    if (url.pathname === '/login/oauth/authorize') {
      // The person agrees.
      const back = new URL(url.searchParams.get('redirect_uri')!);
      back.searchParams.set('state', url.searchParams.get('state')!);
      back.searchParams.set('code', this.#remember('code'));
      response.writeHead(302, { location: back.href }).end();
    } else if (url.pathname === '/login/oauth/access_token') {
      const user = this.#users.get(new URLSearchParams(body).get('code') ?? '');
      if (!user) json({ error: 'bad_verification_code' });
      else json({ access_token: this.#remember('gho', user), token_type: 'bearer', scope: 'read:user' });
    } else if (url.pathname === '/api/user') {
      const user = this.#users.get((request.headers.authorization ?? '').replace('Bearer ', ''));
      if (user) json(user, { 'x-oauth-scopes': 'read:user' });
      else json({ message: 'Bad credentials' }, {}, 401);
    } else if (request.headers['x-amz-target'] === 'secretsmanager.GetSecretValue') {
      const { SecretId: id } = JSON.parse(body) as { SecretId: string };
      const secret = this.secrets.get(id);
      if (secret === undefined) json({ __type: 'ResourceNotFoundException' }, {}, 400);
      else json({ ARN: id, SecretString: secret });
    } else response.writeHead(404).end();
  }

  #remember(prefix: string, user = this.user): string {
    const name = `${prefix}_${String(++this.#last)}_of_${user.login}`;
    this.#users.set(name, user);
    return name;
  }
}

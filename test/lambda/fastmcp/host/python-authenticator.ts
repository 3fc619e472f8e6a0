import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

import type { Authenticator, AuthResult } from '../../../../lambda/auth/authenticator.ts';
import type { JwtAuthenticatorOptions } from '../../../../lambda/auth/jwt.ts';
import { resourceMetadataUrl, resourceUrl } from '../../../../lambda/auth/resource.ts';
import type { HttpReply } from '../../../../lambda/host/http.ts';
import type { JwtAuthPolicy } from '../../../../lambda/wiring.ts';

interface Answer {
  readonly id?: number;
  readonly warn?: number;
  readonly problem?: string;
  readonly caller?: { token: string; clientId: string; scopes: string[]; expiresAt: number; sub: string };
  readonly refusal?: HttpReply;
  readonly reason?: string;
}

const PACKAGE = join(__dirname, '..', '..', '..', '..', 'lambda', 'fastmcp');

/** The authenticator of the Python host, behind the interface of the TypeScript one: the same tests run against both. */
export class PythonAuthenticators {
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #warn = new Map<number, ((problem: string) => void) | undefined>();
  #last = 0;

  /** One more authenticator in the process, which the first one starts. */
  make(policy: JwtAuthPolicy, options: JwtAuthenticatorOptions = {}): Authenticator {
    const instance = ++this.#last;
    const { now, warn, ...rest } = options;
    this.#warn.set(instance, warn);
    this.#send({ instance, policy, options: rest });
    return {
      authenticate: async (request): Promise<AuthResult> => {
        const id = ++this.#last;
        const answer = await new Promise<Answer>((resolve) => {
          this.#waiting.set(id, resolve);
          const authorization = request.headers.authorization ?? null;
          this.#send({ id, instance, authorization, origin: request.origin, ...(now && { nowMs: now() }) });
        });
        const { caller, refusal, reason } = answer;
        if (!caller) return { refusal: refusal!, reason };
        const { sub, ...info } = caller;
        return {
          caller: {
            ...info,
            resource: new URL(resourceUrl(request.origin)),
            resourceMetadataUrl: resourceMetadataUrl(request.origin),
            extra: { sub, iss: policy.issuer },
          },
        };
      },
    };
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end();
    await closed;
  }

  #send(message: unknown): void {
    this.#child ??= this.#start();
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    const child = spawn(process.env.MCP_KIT_PYTHON!, [join(__dirname, 'authenticator_bridge.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, PYTHONPATH: PACKAGE },
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      if (answer.warn !== undefined) this.#warn.get(answer.warn)?.(answer.problem!);
      else this.#waiting.get(answer.id!)?.(answer);
    });
    return child;
  }
}

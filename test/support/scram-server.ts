import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

import type { Document } from 'mongodb';

const ROUNDS = 4096;

/** The server's side of SCRAM (RFC 5802 and 7677) as MongoDB speaks it, for one connection. */
export class ScramServer {
  /** Whether the client has proved that it knows the password. */
  done = false;
  readonly #username: string;
  readonly #password: string;
  readonly #salt = randomBytes(16);
  #hash: 'sha1' | 'sha256' = 'sha256';
  #clientFirst = '';
  #serverFirst = '';

  constructor({ username, password }: { readonly username: string; readonly password: string }) {
    this.#username = username;
    this.#password = password;
  }

  /** The answer to a command of the exchange; `undefined` to any other. */
  answer(name: string, body: Document): Document | undefined {
    if (name === 'saslStart') {
      this.#hash = body.mechanism === 'SCRAM-SHA-1' ? 'sha1' : 'sha256';
      return this.#start(textOf(body.payload));
    }
    if (name === 'saslContinue') return this.#continue(textOf(body.payload));
    return undefined;
  }

  #start(payload: string): Document {
    this.#clientFirst = payload.replace(/^n,,/, '');
    const nonce = /r=(.+)$/.exec(payload)?.[1] ?? '';
    const salt = this.#salt.toString('base64');
    this.#serverFirst = `r=${nonce}${randomBytes(12).toString('base64')},s=${salt},i=${ROUNDS}`;
    return { ok: 1, conversationId: 1, done: false, payload: Buffer.from(this.#serverFirst) };
  }

  #continue(payload: string): Document {
    if (payload === '') return { ok: 1, conversationId: 1, done: true, payload: Buffer.alloc(0) };
    const [, bare = '', proof = ''] = /^(.*),p=(.+)$/.exec(payload) ?? [];
    const exchange = `${this.#clientFirst},${this.#serverFirst},${bare}`;
    const hash = this.#hash;
    const digest = createHash('md5').update(`${this.#username}:mongo:${this.#password}`).digest('hex');
    const secret = hash === 'sha1' ? digest : this.#password;
    const salted = pbkdf2Sync(secret, this.#salt, ROUNDS, hash === 'sha1' ? 20 : 32, hash);
    const clientKey = this.#hmac(salted, 'Client Key');
    const signature = this.#hmac(createHash(hash).update(clientKey).digest(), exchange);
    const expected = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
    const known = this.#clientFirst.startsWith(`n=${this.#username},`);
    if (!known || !expected.equals(Buffer.from(proof, 'base64'))) {
      return {
        ok: 0,
        code: 18,
        codeName: 'AuthenticationFailed',
        errmsg: `Authentication failed for ${this.#username}`,
      };
    }
    this.done = true;
    const verifier = this.#hmac(this.#hmac(salted, 'Server Key'), exchange).toString('base64');
    return { ok: 1, conversationId: 1, done: false, payload: Buffer.from(`v=${verifier}`) };
  }

  #hmac(key: Uint8Array, text: string): Buffer {
    return createHmac(this.#hash, key).update(text).digest();
  }
}

function textOf(payload: unknown): string {
  const bytes = (payload as { readonly buffer?: Uint8Array }).buffer ?? new Uint8Array();
  return Buffer.from(bytes).toString('utf8').replace(/\0+$/, '');
}

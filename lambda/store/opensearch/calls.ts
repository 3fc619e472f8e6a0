import { setTimeout as sleep } from 'node:timers/promises';

import type { CredentialsSource, StoreCredentials } from '../credentials/store-credentials.ts';
import { StoreAccessError, type StoreError, StoreUnavailableError } from '../errors.ts';
import { answerFault, isLasting, isPassing, mayHaveWritten, transportFault, type Where } from './faults.ts';
import { LIMITS } from './limits.ts';
import type { Answer, Request, Wire } from './wire.ts';

export interface CallsProps {
  /** Opens the client, at the first call. */
  readonly connect: () => Promise<Wire>;
  /** Of the server, for messages. */
  readonly product: string;
  /**
   * User and password, or an API key.
   *
   * @default - the wire signs, or the server asks for nothing
   */
  readonly credentials?: CredentialsSource;
}

/** An answer, and whether an earlier attempt of the same call may have been applied, too. */
export interface CallAnswer extends Answer {
  readonly repeated: boolean;
}

/** Makes requests: bounded in time, repeated where that may help, with the credentials of the moment. */
export class Calls {
  readonly #props: CallsProps;
  #wire: Promise<Wire> | undefined;

  constructor(props: CallsProps) {
    this.#props = props;
  }

  /** Of the server, for messages. */
  get product(): string {
    return this.#props.product;
  }

  /**
   * @param verb what is asked for, for messages
   * @param expected statuses besides 2xx that the caller understands
   * @throws {StoreError} for any other answer, or none
   */
  async call(verb: string, request: Request, expected: (answer: Answer) => boolean): Promise<CallAnswer> {
    const end = Date.now() + LIMITS.CALL_MS;
    let repeated = false;
    let renewed = false;
    for (let attempts = 1; ; attempts++) {
      let fault: StoreError;
      let lasting: boolean;
      try {
        const { credentials } = this.#props;
        const seen = credentials && (await this.#inTime(end, credentials.get()));
        const answer = await this.#send(request, seen, end);
        if ((answer.status >= 200 && answer.status < 300) || expected(answer))
          return { status: answer.status, body: answer.body, repeated };
        if (answer.status === 401 && seen && !renewed) {
          renewed = true;
          if (await this.#inTime(end, credentials.renew(seen))) continue; // somebody rotated them
        }
        lasting = !isPassing(answer);
        // What a gateway says when the server does not answer leaves open what the server did.
        repeated ||= !lasting && answer.status !== 429;
        fault = answerFault(answer, this.#where(verb, request, attempts));
      } catch (error) {
        lasting = isLasting(error);
        repeated ||= mayHaveWritten(error);
        fault = transportFault(error, this.#where(verb, request, attempts));
      }
      const pause = Math.random() * LIMITS.PAUSE_MS * 2 ** (attempts - 1);
      if (lasting || attempts >= LIMITS.ATTEMPTS || Date.now() + pause >= end) throw fault;
      await sleep(pause);
    }
  }

  /** Closes connections; a call under way may fail. */
  async close(): Promise<void> {
    const wire = await this.#wire?.catch(() => undefined);
    wire?.close();
  }

  #where(verb: string, { body = '' }: Request, attempts: number): Where {
    return { product: this.#props.product, verb, attempts, bytes: Buffer.byteLength(body) };
  }

  /** Credentials may take as long as the whole call, and more. */
  async #inTime<T>(end: number, work: Promise<T> | undefined): Promise<T | undefined> {
    if (!work) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      const fault = new StoreUnavailableError(`the credentials of ${this.#props.product} did not come in time`);
      timer = setTimeout(reject, Math.max(0, end - Date.now()), fault);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send(request: Request, credentials: StoreCredentials | undefined, end: number): Promise<Answer> {
    this.#wire ??= this.#props.connect();
    let wire: Wire;
    try {
      wire = await this.#wire;
    } catch (error) {
      this.#wire = undefined; // what was wrong may be right at the next call
      throw error;
    }
    const timeoutMs = Math.max(1, Math.min(LIMITS.ATTEMPT_MS, end - Date.now()));
    return wire.send(request, credentials ? { timeoutMs, authorization: headerOf(credentials) } : { timeoutMs });
  }
}

function headerOf({ username, password, apiKey }: StoreCredentials): string {
  if (apiKey !== undefined) return `ApiKey ${apiKey}`;
  if (username === undefined || password === undefined) {
    throw new StoreAccessError('the secret of a search server has "username" and "password", or "apiKey"');
  }
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

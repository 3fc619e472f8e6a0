import { setTimeout as sleep } from 'node:timers/promises';

import type { CredentialsSource, StoreCredentials } from '../credentials/store-credentials.ts';
import { StoreClosedError, type StoreError, StoreUnavailableError } from '../errors.ts';
import type { MongoHandle } from './driver.ts';
import { isRefusedLogin, mongoFault } from './faults.ts';
import { LIMITS } from './limits.ts';

/** Opens a client, with credentials where the URL names a secret. */
export type Connect = (credentials: StoreCredentials | undefined) => MongoHandle | Promise<MongoHandle>;

export interface ConnectionProps {
  readonly database: string;
  readonly connect: Connect;
  /** @default - the server asks for none */
  readonly credentials?: CredentialsSource;
}

/** One step of a store's on the server. `repeated`: an earlier attempt failed, and may have been applied all the same. */
export type Action<T> = (handle: MongoHandle, repeated: boolean) => Promise<T>;

interface Login {
  readonly handle: MongoHandle;
  readonly credentials: StoreCredentials | undefined;
}

/**
 * The way to one database: connects at the first call, repeats what failed, renews credentials that the server refuses
 * no longer than once per call, ends every call in time, and turns faults into `StoreError`s.
 */
export class Connection {
  readonly #props: ConnectionProps;
  #login: Promise<Login> | undefined;
  /** The same, when it is open. */
  #current: Login | undefined;
  #closed = false;

  constructor(props: ConnectionProps) {
    this.#props = props;
  }

  async run<T>(call: string, action: Action<T>): Promise<T> {
    const end = performance.now() + LIMITS.CALL_MS;
    let renewed = false;
    for (let attempt = 1, repeated = false; ; attempt++) {
      let login: Login | undefined;
      try {
        login = this.#current ?? (await within(end, this.#open()));
        return await within(end, action(login.handle, repeated));
      } catch (error) {
        const fault = mongoFault(error, call, this.#props.database);
        if (isRefusedLogin(error) && !renewed) {
          renewed = true;
          if (await within(end, this.#renew(login))) continue;
        }
        if (!fault.retryable || attempt >= LIMITS.ATTEMPTS || performance.now() >= end) throw fault;
        repeated = true;
        await sleep(Math.random() * LIMITS.PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#current = undefined;
    const login = await this.#login?.catch(() => undefined);
    await login?.handle.close().catch(() => undefined);
  }

  /** The open client, or the one that is being opened. One that could not be opened is forgotten. */
  #open(): Promise<Login> {
    if (this.#closed) throw new StoreClosedError();
    if (this.#login) return this.#login;
    const opening = this.#connect();
    this.#login = opening;
    opening.then(
      (login) => {
        if (this.#login === opening && !this.#closed) this.#current = login;
      },
      () => {
        if (this.#login === opening) this.#login = undefined;
      },
    );
    return opening;
  }

  async #connect(): Promise<Login> {
    const { connect, credentials } = this.#props;
    const current = await credentials?.get();
    try {
      return { handle: await connect(current), credentials: current };
    } catch (error) {
      this.#refused = current;
      throw error;
    }
  }

  /** What the server was given when it refused the last connection. */
  #refused: StoreCredentials | undefined;

  /** @returns whether there are newer credentials; then the next attempt connects with them */
  async #renew(login: Login | undefined): Promise<boolean> {
    const { credentials } = this.#props;
    const seen = login ? login.credentials : this.#refused;
    if (!credentials || !seen) return false;
    if (!(await credentials.renew(seen))) {
      // Somebody else's call may have renewed them meanwhile.
      const current = await credentials.get();
      if (current.password === seen.password && current.username === seen.username) return false;
    }
    const held = this.#login;
    const stale = await held?.catch(() => undefined);
    if (held === this.#login && stale?.credentials === seen) {
      this.#login = undefined;
      this.#current = undefined;
      void stale.handle.close().catch(() => undefined);
    }
    return true;
  }
}

/** The result, or a fault when it does not come before the end. When it fails later, nobody listens any more. */
function within<T>(end: number, result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        reject(overdue());
      },
      Math.max(0, end - performance.now()),
    );
    const settled = (): void => {
      clearTimeout(timer);
    };
    result.then(resolve, reject);
    result.then(settled, settled);
  });
}

function overdue(): StoreError {
  return new StoreUnavailableError(`MongoDB did not answer within ${LIMITS.CALL_MS / 1000} seconds`);
}

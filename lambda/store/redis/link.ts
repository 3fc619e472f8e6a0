import { setTimeout as sleep } from 'node:timers/promises';

import { type Connect, type Login, type RedisConnection, TIMEOUTS } from './connection.ts';
import { ConnectionFault, judge, type Verdict } from './faults.ts';

export interface RedisLinkProps {
  /** What messages call the server: `redis at host:6379`. */
  readonly where: string;
  readonly connect: Connect;
  /**
   * Where its credentials come from.
   *
   * @default - it has none
   */
  readonly login?: Login;
}

/**
 * What a call does on a connection.
 *
 * @param maybeApplied whether an earlier attempt of this call may have been carried out though its answer was lost
 */
export type Operation<T> = (connection: RedisConnection, maybeApplied: boolean) => Promise<T>;

/** Attempts of one call: the first, and one after each pause, in milliseconds; the pauses vary by half. */
const PAUSES = [50, 150, 450];

/** The way to a server: opens it when it is needed, replaces it when it is broken, and repeats what was lost. */
export class RedisLink {
  readonly #props: RedisLinkProps;
  #current: Promise<RedisConnection> | undefined;

  constructor(props: RedisLinkProps) {
    this.#props = props;
  }

  /** @throws {StoreError} after at most `TIMEOUTS.call` */
  async call<T>(operation: Operation<T>): Promise<T> {
    const end = Date.now() + TIMEOUTS.call;
    const left = (): number => end - Date.now();
    let maybeApplied = false;
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      const current = (this.#current ??= this.#open());
      try {
        const connection = await within(current, left(), false);
        return await within(operation(connection, maybeApplied), Math.min(left(), TIMEOUTS.command), true);
      } catch (fault) {
        const verdict = judge(fault, this.#props.where);
        if (verdict.reconnect) this.#forget(current);
        maybeApplied ||= verdict.maybeApplied;
        if (verdict.repeat === 'with-new-credentials' && !renewed && (await this.#renew(left(), verdict))) {
          renewed = true;
          continue;
        }
        const pause = (PAUSES[attempt] ?? 0) * (0.5 + Math.random());
        const over = attempt >= PAUSES.length || left() <= pause;
        if (verdict.repeat !== 'after-a-pause' || over) throw verdict.error;
        await sleep(pause);
      }
    }
  }

  async close(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    const connection = await current?.catch(() => undefined); // one that never came to be needs no farewell
    await connection?.retire();
  }

  #open(): Promise<RedisConnection> {
    const opening: Promise<RedisConnection> = this.#props.connect(() => {
      this.#forget(opening);
    });
    opening.catch(() => {
      if (this.#current === opening) this.#current = undefined;
    });
    return opening;
  }

  /** Others may have commands under way on it: it ends when they are answered, or in vain. */
  #forget(broken: Promise<RedisConnection>): void {
    if (this.#current !== broken) return;
    this.#current = undefined;
    broken.then((connection) => connection.retire()).catch(() => undefined);
  }

  async #renew(patience: number, { error }: Verdict): Promise<boolean> {
    if (!this.#props.login) return false;
    try {
      return await within(this.#props.login.renew(), patience, false);
    } catch {
      throw error; // what the server said tells more
    }
  }
}

/** Waits no longer than that. What is late has no effect any more; its own failure is nobody's. */
async function within<T>(late: Promise<T>, ms: number, sent: boolean): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new ConnectionFault(`no answer after ${Math.round(ms / 100) / 10} s`, sent));
    }, ms);
  });
  try {
    return await Promise.race([late, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

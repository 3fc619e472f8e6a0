import { setTimeout as sleep } from 'node:timers/promises';

import { StoreClosedError } from '../errors.ts';
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

/** One connection from its opening to its end. */
interface Line {
  readonly opening: Promise<RedisConnection>;
  /** When it is open. */
  connection: RedisConnection | undefined;
}

/** The way to a server: opens it when it is needed, replaces it when it is broken, and repeats what was lost. */
export class RedisLink {
  readonly #props: RedisLinkProps;
  #line: Line | undefined;
  #closed = false;

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
      if (this.#closed) throw new StoreClosedError();
      const line = (this.#line ??= this.#open());
      try {
        const connection = line.connection ?? (await within(line.opening, left(), false));
        const patience = attempt === 0 ? TIMEOUTS.command : Math.min(left(), TIMEOUTS.command);
        return await within(operation(connection, maybeApplied), patience, true);
      } catch (error) {
        const verdict = judge(line.connection?.fault(error) ?? error, this.#props.where);
        if (verdict.reconnect) this.#forget(line);
        maybeApplied ||= verdict.maybeApplied;
        if (verdict.repeat === 'with-new-credentials' && !renewed && (await this.#renew(left, verdict))) {
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
    this.#closed = true;
    const line = this.#line;
    this.#line = undefined;
    const connection = await line?.opening.catch(() => undefined); // one that never came to be needs no farewell
    await connection?.retire();
  }

  #open(): Line {
    const line: Line = {
      connection: undefined,
      opening: this.#props.connect(() => {
        this.#forget(line);
      }),
    };
    line.opening.then(
      (connection) => (line.connection = connection),
      () => {
        this.#forget(line);
      },
    );
    return line;
  }

  /** Others may have commands under way on it: it ends when they are answered, or in vain. */
  #forget(broken: Line): void {
    if (this.#line !== broken) return;
    this.#line = undefined;
    broken.opening.then((connection) => connection.retire()).catch(() => undefined);
  }

  async #renew(left: () => number, { error }: Verdict): Promise<boolean> {
    if (!this.#props.login) return false;
    try {
      if (!(await within(this.#props.login.renew(), left(), false))) return false;
      // What another call began to open meanwhile may still have the old ones: it ends first, and is forgotten.
      const opening = this.#line?.opening.then(
        () => undefined,
        () => undefined,
      );
      if (opening) await within(opening, left(), false);
      return true;
    } catch {
      throw error; // what the server said tells more
    }
  }
}

/** Waits no longer than that. What is late has no effect any more; its own failure is nobody's. */
function within<T>(late: Promise<T>, ms: number, sent: boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new ConnectionFault(`no answer after ${Math.round(ms / 100) / 10} s`, sent));
    }, ms);
    const ended = <A>(settle: (answer: A) => void): ((answer: A) => void) => {
      return (answer) => {
        clearTimeout(timer);
        settle(answer);
      };
    };
    late.then(ended(resolve), ended(reject));
  });
}

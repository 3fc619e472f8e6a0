import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { StoreThrottledError, StoreUnavailableError } from '../errors.ts';
import { ConnectFailedError, connectFault, ConnectionLostError, refusal } from './faults.ts';
import { type Reply, ReplyReader } from './reply-reader.ts';

/** Where a server listens, and how one speaks to it. */
export interface Address {
  readonly host: string;
  readonly port: number;
  /** Absent for plain text. */
  readonly tls?: {
    /** Certificates of authorities, PEM. @default - those of Node */
    readonly ca?: string;
  };
}

/** How long one may wait, and how many may. */
export interface Limits {
  /** Milliseconds for a connection to be made, and as many for each answer. */
  readonly timeoutMs: number;
  /** Calls that may wait for an answer of one server. */
  readonly maxPending: number;
}

interface Pending {
  readonly count: number;
  readonly replies: Reply[];
  readonly sentAt: number;
  /** Replies that had come before it was sent. */
  readonly after: number;
  resolve(replies: readonly Reply[]): void;
  reject(fault: Error): void;
}

/**
 * One connection to a memcached server. Calls are sent at once, those of one turn of the event loop together, and answered
 * in order. A call that is not answered in time ends the connection, and with it every call behind: the answers could no
 * longer be told apart.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #limits: Limits;
  readonly #pending: Pending[] = [];
  #first = 0;
  /** Replies that have come. */
  #count = 0;
  #outgoing = '';
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  private constructor(socket: Socket, limits: Limits) {
    this.#socket = socket;
    this.#limits = limits;
    const reader = new ReplyReader((reply) => {
      this.#answer(reply);
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        this.#end(new StoreUnavailableError('the answer of the server is not that of memcached'));
      }
    });
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => {
      this.#end();
    });
  }

  /** @throws {StoreError} when no connection can be made in time */
  static open(address: Address, limits: Limits): Promise<Connection> {
    const { host, port, tls } = address;
    return new Promise((resolve, reject) => {
      const options = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 };
      const socket = tls
        ? connectTls({ ...options, ca: tls.ca, ALPNProtocols: [], servername: isAddress(host) ? '' : host })
        : connectPlain(options);
      const fail = (fault: Error): void => {
        clearTimeout(timer);
        socket.on('error', () => undefined);
        socket.destroy();
        reject(fault);
      };
      const timer = setTimeout(() => {
        fail(new StoreUnavailableError(`no connection to the memcached server within ${limits.timeoutMs} ms`));
      }, limits.timeoutMs);
      const onError = (error: Error): void => {
        fail(connectFault(error));
      };
      const onClose = (): void => {
        fail(new ConnectFailedError('closed before it was made'));
      };
      socket.once('error', onError);
      socket.once('close', onClose);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer);
        socket.off('error', onError);
        socket.off('close', onClose);
        resolve(new Connection(socket, limits));
      });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  /**
   * Sends commands, and returns their replies in order.
   *
   * @param text commands, each with its line end
   * @param count of the replies that they will have
   */
  call(text: string, count: number): Promise<readonly Reply[]> {
    return new Promise((resolve, reject) => {
      if (this.#ended) {
        reject(new ConnectFailedError('closed before it was used'));
        return;
      }
      if (this.#pending.length - this.#first >= this.#limits.maxPending) {
        reject(
          new StoreThrottledError(`${this.#limits.maxPending} calls are waiting for the memcached server already`),
        );
        return;
      }
      const sentAt = performance.now();
      this.#pending.push({ count, replies: [], sentAt, after: this.#count, resolve, reject });
      if (this.#outgoing === '')
        process.nextTick(() => {
          this.#flush();
        });
      this.#outgoing += text;
      if (!this.#timer) this.#watch(this.#limits.timeoutMs);
    });
  }

  close(): void {
    this.#end();
  }

  #flush(): void {
    const text = this.#outgoing;
    this.#outgoing = '';
    if (!this.#ended) this.#socket.write(text);
  }

  #answer(reply: Reply): void {
    const pending = this.#pending[this.#first];
    if (!pending) {
      this.#end(refusal(reply.line)); // as when it has no room for another connection
      return;
    }
    this.#count++;
    pending.replies.push(reply);
    if (pending.replies.length < pending.count) return;
    this.#first++;
    if (this.#first === this.#pending.length) {
      this.#pending.length = this.#first = 0;
    } else if (this.#first > 1024) {
      this.#pending.splice(0, this.#first);
      this.#first = 0;
    }
    pending.resolve(pending.replies);
  }

  /** One timer for all: whoever has waited for longest is the next whose time is over. */
  #watch(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      const oldest = this.#pending[this.#first];
      if (!oldest) return;
      const left = oldest.sentAt + this.#limits.timeoutMs - performance.now();
      if (left > 0) this.#watch(left);
      else this.#end(new StoreUnavailableError(`the memcached server did not answer in ${this.#limits.timeoutMs} ms`));
    }, delay);
  }

  /** @param fault @default - the connection was lost */
  #end(fault?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    for (const pending of this.#pending.splice(0).slice(this.#first)) {
      pending.reject(fault ?? new ConnectionLostError(this.#count > 0 && pending.after === this.#count));
    }
    this.#first = 0;
  }
}

/** An address has no name that TLS could ask for. */
function isAddress(host: string): boolean {
  return /^[\d.]+$/.test(host) || host.includes(':');
}

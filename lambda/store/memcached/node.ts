import { StoreUnavailableError } from '../errors.ts';
import { type Address, Connection, type Limits } from './connection.ts';
import type { Reply } from './reply-reader.ts';

/** One server: connected at the first call, and again at the first call after the connection ended. */
export class Node {
  readonly name: string;
  readonly #address: () => Promise<Address>;
  readonly #limits: Limits;
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #closed = false;

  /** @param address asked before each connection */
  constructor(name: string, address: () => Promise<Address>, limits: Limits) {
    this.name = name;
    this.#address = address;
    this.#limits = limits;
  }

  /** @throws {StoreError} when the server does not answer in time, or cannot be reached */
  async call(text: string, count: number): Promise<readonly Reply[]> {
    if (this.#closed) {
      throw new StoreUnavailableError('the memcached server has left the cluster, or the store was closed meanwhile');
    }
    const connection = this.#connection;
    return (connection && !connection.ended ? connection : await this.#connect()).call(text, count);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
  }

  /** One at a time, however many calls wait for it. */
  #connect(): Promise<Connection> {
    this.#connecting ??= this.#open().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #open(): Promise<Connection> {
    const connection = await Connection.open(await this.#address(), this.#limits);
    if (this.#closed) connection.close();
    return (this.#connection = connection);
  }
}

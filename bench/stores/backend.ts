import type { StoreAdapter } from '../../lambda/store/key-value-store.ts';

/** The two verbs that are measured, as somebody would write them with the client alone: JSON in, JSON out. */
export interface BareStore {
  get(key: string): Promise<unknown>;
  /** With a lifetime in seconds, as cache entries and tokens have. */
  put(key: string, value: object, ttl: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** A server that was started for the measurement. */
export interface RunningServer {
  /** The store URL. */
  readonly url: string;
  /** What the children find in their environment. */
  readonly env?: Readonly<Record<string, string>>;
  stop(): Promise<unknown>;
}

/** The backends that are measured: each is a module of this folder. */
export const BENCH_BACKENDS = ['redis', 'memcached', 'mongodb', 'opensearch', 'dynamodb'] as const;

/** One backend: its server, the kit's adapter, the client alone, and py-key-value. */
export interface BenchBackend {
  /** @throws Error when this machine lacks the server; the message says what */
  start(): Promise<RunningServer>;
  adapter(): Promise<StoreAdapter>;
  /** Whether a bundle can hold it: all but native code. */
  readonly bundled: boolean;
  bare(url: URL): Promise<BareStore>;
  /** Python statements that set `inner` to the store; the URL is `args[0]`. Absent where it has none. */
  readonly python?: string;
  /**
   * Operations in each round.
   *
   * @default 2000
   */
  readonly operations?: number;
}

import type { StoreAdapter } from '../../lambda/store/key-value-store.ts';
import type { Miss } from './reasons.ts';

/** The two verbs that are measured, as somebody would write them with the client alone: JSON in, JSON out. */
export interface BareStore {
  get(key: string): Promise<unknown>;
  /** With a lifetime in seconds, as cache entries and tokens have. */
  put(key: string, value: object, ttl: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** The three that are compared: the kit's adapter, the client alone, py-key-value. */
export type Side = 'kit' | 'bare' | 'python';

/** The collection that the kit and Python write to, the place of the client alone, and a key that all of them have. */
export const SHARED = 'bench';
export const BARE = 'bare';
export const SAMPLE_KEY = 'key-255';

/** A server that was started for the measurement. */
export interface RunningServer {
  /** The store URL. */
  readonly url: string;
  /** What the children find in their environment. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Microseconds of the processor that the server has used so far.
   *
   * @default - there is none: the store runs in the process that uses it
   */
  cpu?(): number;
  /**
   * Puts something in front of the server that counts calls.
   *
   * @default - nothing is called: the store runs in the process that uses it
   */
  count?(): Promise<CallCounter>;
  /**
   * Bytes that are kept for `SAMPLE_KEY`, as the side wrote it last and has ended: the value, or the document or item.
   *
   * @param python interpreter with py-key-value
   */
  bytes(side: Side, python: string): Promise<number>;
  stop(): Promise<unknown>;
}

/** Counts the round trips that pass it. */
export interface CallCounter {
  /** The store URL that leads through it. */
  readonly url: string;
  /** Since the last `reset`. */
  calls(): number;
  reset(): void;
  stop(): Promise<unknown>;
}

/** The backends that are measured: each is a module of this folder. */
export const BENCH_BACKENDS = [
  'redis',
  'valkey',
  'memcached',
  'mongodb',
  'opensearch',
  'elasticsearch',
  'dynamodb',
  'rocksdb',
  'disk',
] as const;

/** One backend: its server, the kit's adapter, the client alone, and py-key-value. */
export interface BenchBackend {
  /** @throws Error when this machine lacks the server; the message says what */
  start(): Promise<RunningServer>;
  adapter(): Promise<StoreAdapter>;
  /** Whether it has a bundle to measure: not native code, and not what another backend's bundle holds too. */
  readonly bundled: boolean;
  /** Absent where there is no client library. */
  bare?(url: URL): Promise<BareStore>;
  /** Python statements that set `inner` to the store; the URL is `args[0]`. Absent where it has none. */
  readonly python?: string;
  /**
   * Seconds of each round.
   *
   * @default 0.6
   */
  readonly seconds?: number;
  /** Why a target is missed, where the figures of this run show it. */
  reason?(miss: Miss): string | undefined;
}

/**
 * What a server does with its storage, for choosing a backend. Every field is optional: what is assumed instead is part of
 * the answer.
 */
export interface Workload {
  /**
   * `development` or `production`. "Just starting" is development.
   *
   * @default 'production'
   */
  readonly environment?: string;
  /**
   * How many instances of the server run at once: a whole number, `single` or `multi`.
   *
   * @default - 1; on Lambda in production 2, since its instances overlap
   */
  readonly servers?: number | string;
  /**
   * Where they run: `machine` (one of your own, a laptop too), `fargate`, `lambda`, or `cloud` when that is not decided.
   *
   * @default 'cloud'
   */
  readonly platform?: string;
  /**
   * Whether what is stored must outlive the process.
   *
   * @default - true for OAuth state in production, otherwise false
   */
  readonly persistence?: boolean;
  /**
   * Names of backends that exist already and can be used, such as `redis`; `opensearch` is `elasticsearch`. The best of them that suits is preferred.
   *
   * @default - none
   */
  readonly existing?: string[];
  /**
   * What is stored: a `cache`, which may lose entries, or `oauth` state (clients, codes, tokens), which may not.
   *
   * @default 'cache'
   */
  readonly role?: string;
  /**
   * Requests per second that use the storage, on average over the month.
   *
   * @default 1
   */
  readonly requestsPerSecond?: number;
  /**
   * Share of the requests that the cache answers, 0 to 1. Without meaning for `oauth`.
   *
   * @default 0.8
   */
  readonly hitRatio?: number;
  /**
   * Size of an entry as it is stored, in KB.
   *
   * @default 4
   */
  readonly itemSizeKb?: number;
  /**
   * Longest acceptable typical time of one read, in milliseconds.
   *
   * @default - any
   */
  readonly latencyMs?: number;
  /**
   * Whether the server calls the internet, `McpAuth.jwt()` included: a function in a network then needs a NAT gateway, which
   * the network that is made for it has.
   *
   * @default false
   */
  readonly internet?: boolean;
  /**
   * Whether OAuth state may be kept where a failover loses writes that were acknowledged (Redis, Valkey).
   *
   * @default false
   */
  readonly allowLostWrites?: boolean;
}

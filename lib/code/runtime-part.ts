/** Where a part is handed to the runtime: see `RuntimeParts` in the runtime. */
type Slot = 'stores' | 'authenticator' | 'keyRing';

/**
 * A module of the runtime that a bundle holds only when the deployment needs it.
 *
 * Storage, authentication and keys name their parts when they are bound; `McpCode` imports exactly those, so that a
 * server with memory storage carries no AWS client and a server without tokens no JWT library.
 */
export class RuntimePart {
  /** Storage in the memory of the process. */
  static readonly MEMORY_STORE = new RuntimePart('stores', 'store/adapters/memory', 'memoryAdapter');
  /** Storage in a folder. */
  static readonly DISK_STORE = new RuntimePart('stores', 'store/adapters/disk', 'diskAdapter');
  /** Storage in a DynamoDB table. */
  static readonly DYNAMODB_STORE = new RuntimePart('stores', 'store/adapters/dynamodb', 'dynamoDbAdapter');
  /** Storage in Redis or Valkey. */
  static readonly REDIS_STORE = new RuntimePart('stores', 'store/adapters/redis', 'redisAdapter');
  /** Storage in Memcached, for what may be lost. */
  static readonly MEMCACHED_STORE = new RuntimePart('stores', 'store/adapters/memcached', 'memcachedAdapter');
  /** Storage in MongoDB or DocumentDB. */
  static readonly MONGODB_STORE = new RuntimePart('stores', 'store/adapters/mongodb', 'mongoDbAdapter');
  /** Storage in Elasticsearch or OpenSearch. */
  static readonly OPENSEARCH_STORE = new RuntimePart('stores', 'store/adapters/opensearch', 'openSearchAdapter');
  /** Storage in a RocksDB database of one process. */
  static readonly ROCKSDB_STORE = new RuntimePart('stores', 'store/adapters/rocksdb', 'rocksDbAdapter');
  /** The check of bearer tokens. */
  static readonly JWT_AUTHENTICATOR = new RuntimePart('authenticator', 'auth/jwt', 'jwtAuthenticator');
  /** The key ring in Secrets Manager. */
  static readonly SECRETS_MANAGER_KEY_RING = new RuntimePart(
    'keyRing',
    'keys/secrets-manager',
    'secretsManagerKeyRing',
  );

  /** @internal */
  readonly _slot: Slot;
  /** @internal */
  readonly _module: string;
  /** @internal */
  readonly _exportName: string;

  private constructor(slot: Slot, module: string, exportName: string) {
    this._slot = slot;
    this._module = module;
    this._exportName = exportName;
  }
}

/** What answers the requests: the host that the bundle starts. */
export class RuntimeHost {
  /** A Lambda function with response streaming; exports `handler`. */
  static readonly LAMBDA = new RuntimeHost('host/lambda', 'lambdaHandler', 'export const handler = ');
  /** An HTTP server, for containers. */
  static readonly NODE = new RuntimeHost('host/node', 'runNodeServer', 'await ');

  /** @internal */
  readonly _module: string;
  /** @internal */
  readonly _exportName: string;
  /** @internal */
  readonly _statement: string;

  private constructor(module: string, exportName: string, statement: string) {
    this._module = module;
    this._exportName = exportName;
    this._statement = statement;
  }
}

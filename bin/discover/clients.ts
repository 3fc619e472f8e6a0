import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';

/** Which account and region to look at. */
export interface ClientOptions {
  readonly region?: string;
  readonly profile?: string;
}

/** The clients of the services that are looked at. */
export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly elasticache: ElastiCacheClient;
}

export type Connect = (options: ClientOptions) => Promise<Clients>;

/** A call is tried this often, at most; throttling and faults of the service are tried again. */
export const MAX_ATTEMPTS = 3;
const CONNECT_MS = 5_000;
const REQUEST_MS = 15_000;

/** Loads the SDK, which the other commands do without. Credentials are resolved once, for both services. */
export const connect: Connect = async ({ region, profile }) => {
  const [{ DynamoDBClient }, { ElastiCacheClient }] = await Promise.all([
    import('@aws-sdk/client-dynamodb'),
    import('@aws-sdk/client-elasticache'),
  ]);
  const common = {
    ...(region !== undefined && { region }),
    ...(profile !== undefined && { profile }),
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS, throwOnRequestTimeout: true },
  };
  const dynamodb = new DynamoDBClient(common);
  return { dynamodb, elasticache: new ElastiCacheClient({ ...common, credentials: dynamodb.config.credentials }) };
};

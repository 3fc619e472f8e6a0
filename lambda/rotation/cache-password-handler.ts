import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import type { RotationEvent } from './cache-password.ts';
import { CachePasswordRotation } from './cache-password.ts';

const rotation = new CachePasswordRotation({ secrets: new SecretsManagerClient(), users: new ElastiCacheClient() });

/** What Secrets Manager calls. */
export const handler = async (event: RotationEvent): Promise<void> => rotation.run(event);

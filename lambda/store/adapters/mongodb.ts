import { secretCredentials } from '../credentials/secret-credentials.ts';
import type { StoreAdapter } from '../key-value-store.ts';
import { MongoDbStore } from '../mongodb/mongodb-store.ts';
import { parseMongoDbUrl } from '../mongodb/url.ts';

/**
 * MongoDB, DocumentDB and Atlas: `mongodb+tls://HOST:PORT/DATABASE?secret=ARN`, `mongodb+srv://HOST/DATABASE?secret=ARN`. The
 * driver is loaded at the first call: a start, and answers that need no storage, do not pay for it.
 */
export const mongoDbAdapter: StoreAdapter = {
  schemes: ['mongodb', 'mongodb+tls', 'mongodb+srv'],
  open: (url) => {
    const parsed = parseMongoDbUrl(url);
    return new MongoDbStore({
      database: parsed.database,
      connect: async (credentials) => (await import('../mongodb/driver.ts')).openHandle(parsed, credentials),
      ...(parsed.secret !== undefined && { credentials: secretCredentials(parsed.secret) }),
    });
  },
};

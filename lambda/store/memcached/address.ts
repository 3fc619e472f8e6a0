import { readFile } from 'node:fs/promises';

import { StoreRejectedError } from '../errors.ts';
import type { Address } from './connection.ts';
import type { MemcachedUrl } from './url.ts';

/**
 * Where to connect, with the authorities to trust. Their file is read for each connection: one that was replaced counts.
 *
 * @throws {StoreRejectedError} when the file cannot be read
 */
export async function addressOf({
  host,
  port,
  tls,
  ca,
}: Pick<MemcachedUrl, 'host' | 'port' | 'tls' | 'ca'>): Promise<Address> {
  if (!tls) return { host, port };
  if (ca === undefined) return { host, port, tls: {} };
  try {
    return { host, port, tls: { ca: await readFile(ca, 'utf8') } };
  } catch {
    throw new StoreRejectedError('the file that the store URL names as ca cannot be read; check that it exists');
  }
}

import { hkdfSync } from 'node:crypto';

import type { KeyPurpose } from './key-ring.ts';

/** A key with the name under which rotation knows it. */
export interface RingKey {
  /** Key id: 1 to 64 letters, digits, `.`, `_` and `-`. Not secret. */
  readonly kid: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** What a key ring's secret says: for each purpose the current key first. A purpose may be missing in a full ring. */
export type RingDocument = Readonly<Partial<Record<KeyPurpose, readonly RingKey[]>>>;

/** The keys cannot be had. The message names the secret and the fault, never what the secret holds. */
export class KeyRingError extends Error {
  /** Whether the same call may succeed later: the service failed, rather than the secret or a permission. */
  readonly retryable: boolean;
  constructor(source: string, problem: string, retryable = false) {
    super(`Key ring ${source}: ${problem}`);
    this.name = 'KeyRingError';
    this.retryable = retryable;
  }
}

export const KEY_PURPOSES: readonly KeyPurpose[] = ['storage', 'request-state', 'token-signing'];
export const KEY_BYTES = 32;

/** Letters and digits that hold 256 bits; Secrets Manager generates 64. */
const MIN_ROOT_LENGTH = 43;
/** Part of the derivation. A change orphans everything that was ever encrypted. */
const SALT = 'cdk-mcp-kit';

/**
 * Parses the text of a key ring's secret, in either form: `{"root":"…"}`, as generated at deployment, from which every
 * purpose gets a key of its own; or the full ring `{"version":1,"storage":[{"kid":"…","key":"…"}],"request-state":[…]}`.
 * Members that it does not know are left alone: a ring may serve a newer version at the same time.
 *
 * @param source names the secret in errors
 * @throws {KeyRingError} when it is neither
 */
export function parseRing(text: string, source: string): RingDocument {
  const fail = (problem: string): never => {
    throw new KeyRingError(source, problem);
  };
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return fail('is not JSON'); // the parser's own message would quote the secret
  }
  if (!isRecord(document)) return fail('is not a JSON object');
  if (document.version !== undefined && document.version !== 1) {
    return fail('has a "version" that this release does not know (it knows 1)');
  }
  const listed = KEY_PURPOSES.filter((purpose) => document[purpose] !== undefined);
  if (document.root !== undefined) {
    if (listed.length > 0) return fail('has both a "root" and lists of keys; keep one of them');
    return deriveRing(document.root, fail);
  }
  if (listed.length === 0) return fail(`has neither a "root" nor keys for ${KEY_PURPOSES.join(' or ')}`);
  if (document.version !== 1) return fail('lists keys without "version": 1');
  const ring = Object.fromEntries(listed.map((purpose) => [purpose, readKeys(document[purpose], purpose, fail)]));
  refuseRepeats(ring, fail);
  return ring;
}

type Fail = (problem: string) => never;

function deriveRing(root: unknown, fail: Fail): RingDocument {
  if (typeof root !== 'string' || root.length < MIN_ROOT_LENGTH) {
    return fail(`has a "root" that is not a text of at least ${MIN_ROOT_LENGTH} random characters`);
  }
  return Object.fromEntries(KEY_PURPOSES.map((purpose) => [purpose, [deriveKey(root, purpose)]]));
}

/**
 * HKDF-SHA256 (RFC 5869) of the root, once for the key and once for its id. The id comes from the same root, so that a
 * rotation can write the derived key into a full ring under the name that is already in stored data.
 */
function deriveKey(root: string, purpose: KeyPurpose): RingKey {
  const derive = (info: string, bytes: number): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', root, SALT, `cdk-mcp-kit/v1/${info}`, bytes));
  return {
    kid: Buffer.from(derive(`kid/${purpose}`, 6)).toString('base64url'),
    key: derive(`key/${purpose}`, KEY_BYTES),
  };
}

function readKeys(value: unknown, purpose: KeyPurpose, fail: Fail): RingKey[] {
  if (!Array.isArray(value) || value.length === 0) return fail(`"${purpose}" is not a non-empty list of keys`);
  return value.map((item: unknown, index) => {
    const where = `"${purpose}"[${index}]`;
    if (!isRecord(item)) return fail(`${where} is not an object with "kid" and "key"`);
    if (typeof item.kid !== 'string' || !/^[A-Za-z0-9._-]{1,64}$/.test(item.kid)) {
      return fail(`${where} has no "kid" of 1 to 64 letters, digits, ".", "_" or "-"`);
    }
    const key = typeof item.key === 'string' ? Buffer.from(item.key, 'base64url') : undefined;
    // Encoding it again catches what Buffer tolerates: padding, line ends, stray characters, a cut-off end.
    if (key?.length !== KEY_BYTES || key.toString('base64url') !== item.key) {
      return fail(`${where} has no "key" of ${KEY_BYTES} bytes in base64url without padding`);
    }
    return { kid: item.kid, key: new Uint8Array(key) };
  });
}

/** One key twice would tie two purposes together, or make a rotation that rotates nothing. */
function refuseRepeats(ring: RingDocument, fail: Fail): void {
  const keys = new Set<string>();
  for (const purpose of KEY_PURPOSES) {
    const kids = new Set<string>();
    for (const [index, { kid, key }] of (ring[purpose] ?? []).entries()) {
      const bytes = Buffer.from(key).toString('base64url');
      if (kids.has(kid)) fail(`"${purpose}"[${index}] has the "kid" of a key before it`);
      if (keys.has(bytes)) fail(`"${purpose}"[${index}] has the "key" of one before it; every purpose needs its own`);
      kids.add(kid);
      keys.add(bytes);
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

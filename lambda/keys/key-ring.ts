/**
 * What a key is for. One purpose never reads another's data, so each can be rotated alone: `storage` encrypts what is
 * stored, `request-state` signs what clients carry between requests, `token-signing` signs the tokens that a server issues.
 */
export type KeyPurpose = 'storage' | 'request-state' | 'token-signing';

/** Reads the ring of keys of one purpose: the first one signs or encrypts, all verify or decrypt. */
export interface KeyRing {
  /** @returns 32-byte keys, the current one first; never empty */
  keys(purpose: KeyPurpose): Promise<readonly Uint8Array[]>;
}

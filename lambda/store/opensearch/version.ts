import type { Found } from './document.ts';

/** What `compareAndSet` compares, read from its text. */
export interface Version {
  readonly seqNo: string;
  readonly primaryTerm: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number | undefined;
  /** `o` and the marks that the document bore, as `marksAfter` wants them; `v` where it bore none. */
  readonly marks: string;
}

const VERSION = /^(\d+)\.(\d+)\.(\d+(?:\.\d+)?)?\/(.*)$/;

/**
 * The server counts writes: two numbers of it name one. When the entry ends goes along, so that nothing must be read again
 * to know, and the marks, which say after a lost answer whose write came next.
 */
export function versionOf({ seqNo, primaryTerm, source }: Found, expiresAt: number | undefined): string {
  const marks = typeof source.marks === 'string' ? `o${source.marks}` : 'v';
  return `${seqNo}.${primaryTerm}.${expiresAt ?? ''}/${marks}`;
}

/** `undefined` for a version that no store made. */
export function readVersion(text: string): Version | undefined {
  const [, seqNo, primaryTerm, end, marks] = VERSION.exec(text) ?? [];
  if (seqNo === undefined || primaryTerm === undefined || marks === undefined) return undefined;
  return { seqNo, primaryTerm, expiresAt: end === undefined ? undefined : Number(end), marks };
}

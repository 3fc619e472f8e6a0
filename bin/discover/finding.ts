/** What a store is for. A cache may lose what it holds; OAuth state must not. */
export const ROLES = ['cache', 'oauth'] as const;
export type Role = (typeof ROLES)[number];

/** Something that keeps a resource from serving, and what to do about it. */
export interface Lack {
  readonly what: string;
  /** Steps, one after the other: commands, or what to do. */
  readonly remedy: readonly string[];
  /** The only role that it keeps the resource from; undefined: both. */
  readonly role?: Role;
}

/** What decides, but could not be looked at. */
export interface Unknown {
  readonly what: string;
  /** The only role that it decides about; undefined: both. */
  readonly role?: Role;
}

/** Something worth doing or knowing that keeps the resource from nothing. */
export interface Advice {
  readonly what: string;
  readonly remedy?: readonly string[];
}

/** A resource that is, or could become, a store. */
export interface Finding {
  /** As people write it: `DynamoDB table`, `Valkey serverless cache`. */
  readonly kind: string;
  readonly name: string;
  readonly lacks: readonly Lack[];
  readonly unknown: readonly Unknown[];
  readonly advice: readonly Advice[];
  /** What to paste into the properties of `McpServer`, in one line or more; undefined where the constructs cannot take the resource. */
  readonly code?: string;
}

/** `unknown`: nothing is known to be lacking, but not everything could be looked at. */
export type Verdict = 'ready' | 'lacking' | 'unknown';

/** Those of some lacks, or of what is unknown, that matter to one of the roles. */
export function concerning<T extends Unknown>(all: readonly T[], roles: readonly Role[]): T[] {
  return all.filter(({ role }) => role === undefined || roles.includes(role));
}

export function verdictFor(finding: Finding, role: Role): Verdict {
  if (concerning(finding.lacks, [role]).length > 0) return 'lacking';
  return concerning(finding.unknown, [role]).length > 0 ? 'unknown' : 'ready';
}

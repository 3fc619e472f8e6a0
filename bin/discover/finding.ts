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
  /** What could not be looked at and decides, such as `whether it has an IAM user`. */
  readonly unknown: readonly string[];
  readonly advice: readonly Advice[];
  /** A line for the properties of `McpServer`; undefined where the constructs cannot take the resource. */
  readonly code?: string;
}

/** `unknown`: nothing is known to be lacking, but not everything could be looked at. */
export type Verdict = 'ready' | 'lacking' | 'unknown';

export function lacksFor({ lacks }: Finding, role: Role): Lack[] {
  return lacks.filter((lack) => lack.role === undefined || lack.role === role);
}

export function verdictFor(finding: Finding, role: Role): Verdict {
  if (lacksFor(finding, role).length > 0) return 'lacking';
  return finding.unknown.length > 0 ? 'unknown' : 'ready';
}

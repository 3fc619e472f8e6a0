/** The part of a search engine that belongs to one server. */
export interface ServerIndexes {
  /** What the names of its indexes begin with: indexes are lower-case. */
  readonly prefix: string;
  /**
   * Patterns of its indexes, `*` at the end. Of another server none fits, although its name may begin like this one's: no name
   * of a server has two underscores in a row.
   */
  readonly patterns: string[];
}

/** The indexes `PREFIX-NAME__COLLECTION`, and those of collections whose names no index can have, which are rewritten. */
export function indexesOf(serverName: string): ServerIndexes {
  const prefix = serverName.toLowerCase();
  return { prefix, patterns: [`${prefix}-${prefix}__*`, `${prefix}-s_${prefix}__*`] };
}

/**
 * Callers in JavaScript have no compiler to tell them.
 *
 * @param call what was called, such as `McpStorage.fromTable()`
 * @param what what it takes, such as `a table`
 * @param member a member that every such thing has
 * @throws Error when it is something else
 */
export function requireResource(call: string, what: string, member: string, value: unknown): void {
  if (typeof value === 'object' && value !== null && member in value) return;
  throw new Error(`${call} takes ${what}, got ${nameOf(value)}`);
}

/** The same for what may be left out. */
export function requireOptional(name: string, what: string, member: string, value: unknown): void {
  if (value !== undefined) requireResource(name, what, member, value);
}

/** What something is, for a message: never what it holds, which may be a secret. */
function nameOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name } = (value as { constructor?: { name?: string } }).constructor ?? {};
  return name === undefined || name === '' || name === 'Object' ? 'an object of another kind' : `a ${name}`;
}

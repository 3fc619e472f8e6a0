/** Databases of MongoDB itself. */
const RESERVED = new Set(['admin', 'config', 'local']);
/** Without what MongoDB refuses in the names of databases on one system or another. */
const DATABASE = /^[^/\\. "$*<>:|?\0]{1,63}$/;

/**
 * The database of a server: its name, with `_` for every `.`, which names of databases do not have.
 *
 * @throws Error when the name, given or made, is none of a database
 */
export function databaseName(serverName: string, database?: string): string {
  const name = database ?? serverName.replaceAll('.', '_');
  if (RESERVED.has(name.toLowerCase())) {
    throw new Error(
      `the database ${JSON.stringify(name)} is MongoDB's own: choose another by database: '…'` +
        (database === undefined ? ', or another serverName' : ''),
    );
  }
  if (!DATABASE.test(name)) {
    throw new Error(
      `database must be a name of 1 to 63 characters without any of /\\. "$*<>:|?, got ${JSON.stringify(name)}`,
    );
  }
  return name;
}

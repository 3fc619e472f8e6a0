import type { TableDescription } from '@aws-sdk/client-dynamodb';

interface Key {
  readonly name: string;
  readonly kind: string;
  readonly type: string;
}

/** How the keys of a table relate to those of py-key-value's layout; `near`: somebody meant to make such a table. */
export type KeysFit = 'store' | 'near' | 'other';

/** The keys of a store: partition key `collection`, sort key `key`, both strings. */
export function keysFit(table: TableDescription): KeysFit {
  const keys = keysOf(table);
  const [partition, sort] = keys;
  const named = partition?.name === 'collection' && (sort === undefined || sort.name === 'key');
  if (!named) return 'other';
  return sort !== undefined && keys.every(({ type }) => type === 'S') ? 'store' : 'near';
}

/** As in `collection S, key S`: partition key first. */
export function writeKeys(table: TableDescription): string {
  return keysOf(table)
    .map(({ name, type }) => `${name} ${type}`)
    .join(', ');
}

function keysOf({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): Key[] {
  const types = new Map(AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
  return KeySchema.map(({ AttributeName = '', KeyType = '' }) => ({
    name: AttributeName,
    kind: KeyType,
    type: types.get(AttributeName) ?? '?',
  })).sort((one, other) => one.kind.localeCompare(other.kind)); // HASH before RANGE
}

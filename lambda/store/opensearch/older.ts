import { createHash } from 'node:crypto';

/** What py-key-value 0.2 lets a name have, besides its length. */
interface Rule {
  readonly forbidden: RegExp;
  readonly max: number;
}

const INDEX: Rule = { forbidden: /[^a-z0-9_.-]+/g, max: 240 };
const ID: Rule = { forbidden: /[^A-Za-z0-9]+/g, max: 256 };

/** The index of a collection in py-key-value 0.2, which replaces capitals, too. */
export function olderIndexName(collection: string, indexPrefix: string): string {
  return sanitized(`${indexPrefix}-${collection}`, INDEX);
}

/** The `_id` of an entry in py-key-value 0.2: `collection::key`, which it always replaces something in. */
export function olderDocumentId(collection: string, key: string): string {
  return sanitized(`${collection}::${key}`, ID);
}

/** A run of characters that are not allowed becomes one "_"; a name that changes, or is too long, ends in its hash. */
function sanitized(name: string, { forbidden, max }: Rule): string {
  const replaced = name.replace(forbidden, '_');
  if (replaced === name && name.length <= max) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const readable = replaced === '_' ? '' : replaced.slice(0, max - hash.length - 1);
  return readable === '' ? hash : `${readable}-${hash}`;
}

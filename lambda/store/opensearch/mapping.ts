import type { Product } from './url.ts';

/** The member of `value` that holds the value, as py-key-value names it. */
export function valueField(product: Product): 'flat' | 'flattened' {
  return product === 'OpenSearch' ? 'flat' : 'flattened';
}

/** A string that is kept and never searched. */
const UNINDEXED = { type: 'keyword', index: false, doc_values: false };

/**
 * What a new index is made with: the fields of py-key-value, and those that our atomic verbs add.
 *
 * py-key-value indexes values, too, and nothing ever searches them. It is what limits them there: no text above 32,766
 * bytes, and a deep value ends the server's thread. Documents are the same either way, and Python reads and writes both.
 */
export function indexBody(product: Product, searchable: boolean): string {
  const searched = product === 'OpenSearch' ? 'flat_object' : 'flattened';
  const value = searchable ? { type: searched } : { type: 'object', enabled: false };
  return JSON.stringify({
    mappings: {
      properties: {
        created_at: { type: 'date' },
        expires_at: { type: 'date' },
        collection: { type: 'keyword' },
        key: { type: 'keyword' },
        version: { type: 'integer' },
        value: { properties: { [valueField(product)]: value } },
        marks: UNINDEXED,
        taken: UNINDEXED,
        ended: UNINDEXED,
      },
    },
    settings: {},
  });
}

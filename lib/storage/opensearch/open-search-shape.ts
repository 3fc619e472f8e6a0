import type { SearchCollectionOptions } from './mcp-search-collection.ts';
import type { SearchDomainOptions } from './search-domain-options.ts';
import { validateSearchDomain } from './search-domain-options.ts';

/** What runs OpenSearch: nodes that you choose, or a collection without any that you see. */
export class OpenSearchShape {
  /**
   * A domain of OpenSearch Service: nodes, paid by the hour.
   *
   * @throws Error when a value is outside of the limits of OpenSearch Service, or values contradict each other
   */
  static domain(options: SearchDomainOptions = {}): OpenSearchShape {
    validateSearchDomain(options);
    return new OpenSearchShape(options, undefined);
  }

  /** A collection of OpenSearch Serverless: it grows and shrinks by itself, from a least capacity that is paid all the time. */
  static serverless(options: SearchCollectionOptions = {}): OpenSearchShape {
    return new OpenSearchShape(undefined, options);
  }

  /** @internal */
  readonly _domain?: SearchDomainOptions;
  /** @internal */
  readonly _collection?: SearchCollectionOptions;

  private constructor(domain: SearchDomainOptions | undefined, collection: SearchCollectionOptions | undefined) {
    this._domain = domain;
    this._collection = collection;
  }
}

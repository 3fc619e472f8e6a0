import * as iam from 'aws-cdk-lib/aws-iam';
import type * as opensearch from 'aws-cdk-lib/aws-opensearchservice';

import { acknowledgePatterns } from '../../private/wildcard-finding.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import type { ServerIndexes } from './index-prefix.ts';

/** The methods of the adapter's requests: an entry goes with an update, and no index is ever deleted. */
export const DOMAIN_ACTIONS = ['es:ESHttpGet', 'es:ESHttpHead', 'es:ESHttpPost', 'es:ESHttpPut'];

/** Grants on the indexes of one server in a domain. */
export class DomainGrants implements IStorageGrants {
  private readonly domain: opensearch.IDomain;
  private readonly indexes: ServerIndexes;

  constructor(domain: opensearch.IDomain, indexes: ServerIndexes) {
    this.domain = domain;
    this.indexes = indexes;
  }

  /** Grants the requests of the adapter on the indexes of this server. Adds to the grantee, never to the domain's policy. */
  readWrite(grantee: iam.IGrantable): iam.Grant {
    const resourceArns = this.indexes.patterns.map((pattern) => `${this.domain.domainArn}/${pattern}`);
    acknowledgePatterns(grantee, resourceArns, 'the indexes of one server, one for each of its collections');
    return iam.Grant.addToPrincipal({ grantee, actions: DOMAIN_ACTIONS, resourceArns });
  }
}

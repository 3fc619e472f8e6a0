import { Token } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as opensearch from 'aws-cdk-lib/aws-opensearchservice';

import { checkWholeNumber } from '../../private/limits.ts';

/** What can be said about a domain. */
export interface SearchDomainOptions {
  /**
   * Version of the engine.
   *
   * @default opensearch.EngineVersion.OPENSEARCH_2_19
   */
  readonly version?: opensearch.EngineVersion;
  /**
   * Zones that the nodes are spread over, 1 to 3. With one there is one copy of what is stored.
   *
   * @default 2
   */
  readonly zones?: number;
  /**
   * Nodes that hold data: as many in each zone, at most 80.
   *
   * @default - one in each zone
   */
  readonly dataNodes?: number;
  /**
   * Type of these nodes; ends with `.search`.
   *
   * @default 't3.small.search'
   */
  readonly dataNodeType?: string;
  /**
   * Size of the volume of each node in GiB, 10 to 3072 as far as the type of the nodes allows.
   *
   * @default 10
   */
  readonly volumeSizeGib?: number;
  /**
   * Nodes that manage the others and hold no data: 0, 3 or 5.
   *
   * @default 0 - a domain of this size manages itself
   */
  readonly masterNodes?: number;
  /**
   * Type of these nodes; ends with `.search`.
   *
   * @default 'm7g.medium.search'
   */
  readonly masterNodeType?: string;
  /**
   * Key that encrypts what is stored.
   *
   * @default - the key of OpenSearch Service, `aws/es`, free of charge
   */
  readonly encryptionKey?: kms.IKey;
}

const ZONES = { min: 1, max: 3, unit: 'zones' };
const NODES = { min: 1, max: 80, unit: 'nodes' };
const VOLUME = { min: 10, max: 3072, unit: 'GiB' };

/** @throws Error when a value is outside of the limits of OpenSearch Service, or values contradict each other */
export function validateSearchDomain(options: SearchDomainOptions): void {
  const { zones = 2, dataNodes = zones, masterNodes = 0 } = options;
  checkWholeNumber('zones', options.zones, ZONES);
  checkWholeNumber('dataNodes', options.dataNodes, NODES);
  checkWholeNumber('volumeSizeGib', options.volumeSizeGib, VOLUME);
  if (dataNodes % zones !== 0) {
    throw new Error(
      `dataNodes must be as many in each of the ${zones} zones, got ${dataNodes}: use a multiple of ${zones}`,
    );
  }
  if (![0, 3, 5].includes(masterNodes)) {
    throw new Error(`masterNodes must be 0, 3 or 5, so that a majority can decide, got ${masterNodes}`);
  }
  if (options.masterNodeType !== undefined && masterNodes === 0) {
    throw new Error('masterNodeType has no meaning without master nodes: add masterNodes: 3, or leave it out');
  }
  for (const name of ['dataNodeType', 'masterNodeType'] as const) {
    const type = options[name];
    if (type === undefined || Token.isUnresolved(type) || /^[a-z0-9-]+\.[a-z0-9]+\.search$/.test(type)) continue;
    throw new Error(`${name} must be a type of OpenSearch such as "t3.small.search", got ${JSON.stringify(type)}`);
  }
}

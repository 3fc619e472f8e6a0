import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as aoss from 'aws-cdk-lib/aws-opensearchserverless';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { isRetained, refuseSnapshot } from '../../private/removal.ts';
import { retainEverything } from '../../private/retain.ts';
import { rememberNetwork } from '../join-network.ts';
import { CollectionEndpoint } from './collection-endpoint.ts';
import { checkCollectionName, serverlessName } from './collection-names.ts';
import type { ISearchCollection, SearchCollectionAttributes } from './search-collection.ts';
import { ImportedCollection, OwnCollection } from './search-collection.ts';

/** What can be said about a collection. */
export interface SearchCollectionOptions {
  /**
   * Name of the collection: 3 to 32 lower-case letters, digits and hyphens, a letter first.
   *
   * @default - made from the path of the construct
   */
  readonly collectionName?: string;
  /**
   * Whether replicas stand by in another zone. It doubles the least capacity, which is paid while nobody calls: about 350 USD
   * a month with, half without.
   *
   * @default true
   */
  readonly standbyReplicas?: boolean;
  /**
   * Key that encrypts what is stored. It cannot be changed later.
   *
   * @default - a key that OpenSearch owns, free of charge
   */
  readonly encryptionKey?: kms.IKey;
}

/** Properties of a collection. */
export interface McpSearchCollectionProps extends SearchCollectionOptions {
  /** The network that reaches it, and alone does: that of the servers. */
  readonly network: McpNetwork;
  /**
   * What becomes of the collection when it leaves the stack. When it is retained, so is everything that it needs, and it goes
   * on costing.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * A collection of Amazon OpenSearch Serverless: encrypted, reached from a network only, and open to nobody but roles that are
 * granted indexes of it.
 *
 * To share it: `McpStorage.fromCollection(search.collection)` for each server, which is put into its network.
 */
export class McpSearchCollection extends Construct {
  /** A collection that exists. Its network policy must let the endpoint of the server's network in. */
  static fromCollectionAttributes(scope: Construct, id: string, attrs: SearchCollectionAttributes): ISearchCollection {
    // eslint-disable-next-line awscdk/require-passing-this -- an import belongs to whoever asks for it
    return new ImportedCollection(scope, id, attrs);
  }

  /** The collection itself. */
  readonly collection: ISearchCollection;

  constructor(scope: Construct, id: string, props: McpSearchCollectionProps) {
    super(scope, id);
    checkCollectionName(props.collectionName);
    refuseSnapshot('a collection', props.removalPolicy);
    const name = props.collectionName ?? serverlessName(this);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const { endpoint, securityGroup } = endpointOf(props.network);
    const rule = { ResourceType: 'collection', Resource: [`collection/${name}`] };
    const encryption = new aoss.CfnSecurityPolicy(this, 'EncryptionPolicy', {
      name,
      type: 'encryption',
      policy: Stack.of(this).toJsonString({
        Rules: [rule],
        ...(props.encryptionKey ? { KmsARN: props.encryptionKey.keyArn } : { AWSOwnedKey: true }),
      }),
    });
    const reach = new aoss.CfnSecurityPolicy(this, 'NetworkPolicy', {
      name,
      type: 'network',
      policy: Stack.of(this).toJsonString([{ Rules: [rule], AllowFromPublic: false, SourceVPCEs: [endpoint.attrId] }]),
    });
    const resource = new aoss.CfnCollection(this, 'Resource', {
      name,
      type: 'SEARCH',
      description: 'Entries of MCP servers',
      standbyReplicas: (props.standbyReplicas ?? true) ? 'ENABLED' : 'DISABLED',
    });
    resource.addResourceDependency(encryption);
    resource.addResourceDependency(reach);
    resource.applyRemovalPolicy(removalPolicy);
    this.collection = new OwnCollection(this, 'Collection', { name, resource, securityGroup });
    rememberNetwork(this.collection, props.network);
    if (isRetained(removalPolicy)) retainEverything(this);
  }
}

/** The endpoint of a network for collections: one for all, since it brings the names of all of them to the network. */
function endpointOf(network: McpNetwork): CollectionEndpoint {
  const existing = network.node.tryFindChild('EndpointAoss') as CollectionEndpoint | undefined;
  return existing ?? new CollectionEndpoint(network, 'EndpointAoss', { network });
}

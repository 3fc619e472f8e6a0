import type { RemovalPolicy } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import type { Construct } from 'constructs';

import { RuntimePart } from '../../code/runtime-part.ts';
import { withoutSnapshot } from '../../private/removal.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import { BoundStorage } from '../bound-storage.ts';
import { joinNetwork } from '../join-network.ts';
import type { McpStorageBindOptions } from '../mcp-storage.ts';
import { claimNamespace } from '../namespaces.ts';
import { CollectionGrants } from './collection-grants.ts';
import { DomainGrants } from './domain-grants.ts';
import { indexesOf } from './index-prefix.ts';
import { McpSearchCollection } from './mcp-search-collection.ts';
import { McpSearchDomain } from './mcp-search-domain.ts';
import { OpenSearchShape } from './open-search-shape.ts';
import type { ISearchCollection } from './search-collection.ts';

/** Properties of `McpStorage.openSearch()`. */
export interface OpenSearchStorageProps {
  /**
   * What runs it.
   *
   * @default OpenSearchShape.domain()
   */
  readonly shape?: OpenSearchShape;
  /**
   * What becomes of the data when it leaves the stack. When it is retained, it goes on costing.
   *
   * @default - the `removalPolicy` of the server; without one it is retained
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of `McpStorage.fromDomain()`. */
export interface DomainStorageProps {
  /**
   * The security group of a domain that is in a network, and imported.
   *
   * @default - that of a domain of the application; an imported one is reached over the internet
   */
  readonly securityGroup?: ec2.ISecurityGroup;
}

/** @internal */
export function bindNewOpenSearch(
  server: Construct,
  props: OpenSearchStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  const { _domain, _collection } = props.shape ?? OpenSearchShape.domain();
  const common = {
    network: options.network.obtain(),
    removalPolicy: props.removalPolicy ?? withoutSnapshot(options.removalPolicy),
  };
  if (_collection) {
    const { collection } = new McpSearchCollection(server, 'Storage', { ..._collection, ...common });
    return bindCollection(server, collection, options);
  }
  const { domain } = new McpSearchDomain(server, 'Storage', { ..._domain, ...common });
  return bindDomain(server, domain, {}, options);
}

/** @internal */
export function bindDomain(
  server: Construct,
  domain: opensearch.IDomain,
  props: DomainStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  const connections = connectionsOf(domain, props);
  if (connections) joinNetwork(server, options.network, domain, 'domain');
  else refuseIsolated(server, 'domain', options);
  return new OpenSearchStorage(server, options.serverName, {
    resource: domain,
    arn: domain.domainArn,
    what: 'domain',
    host: domain.domainEndpoint,
    service: 'es',
    connections,
    grants: new DomainGrants(domain, indexesOf(options.serverName)),
    unfitForState: isSingleNode(domain) ? 'keeps one copy of what it stores, on one node' : undefined,
  });
}

/** @internal */
export function bindCollection(
  server: Construct,
  collection: ISearchCollection,
  options: McpStorageBindOptions,
): BoundStorage {
  const isReachedThroughNetwork = collection.connections.securityGroups.length > 0;
  if (isReachedThroughNetwork) joinNetwork(server, options.network, collection, 'collection');
  else refuseIsolated(server, 'collection', options);
  return new OpenSearchStorage(server, options.serverName, {
    resource: collection,
    arn: collection.collectionArn,
    what: 'collection',
    host: collection.collectionHost,
    service: 'aoss',
    connections: isReachedThroughNetwork ? collection.connections : undefined,
    grants: new CollectionGrants(server, collection, indexesOf(options.serverName)),
    unfitForState: 'is a serverless collection, which shows what was written only after seconds',
  });
}

interface Engine {
  readonly resource: opensearch.IDomain | ISearchCollection;
  readonly arn: string;
  readonly what: string;
  readonly host: string;
  readonly service: 'es' | 'aoss';
  /** Where it is reached, in a network. */
  readonly connections?: ec2.Connections;
  readonly grants: IStorageGrants;
  readonly unfitForState?: string;
}

class OpenSearchStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.OPENSEARCH_STORE];
  override readonly durable = true;
  override readonly shared = true;
  override readonly grants: IStorageGrants;
  private readonly engine: Engine;

  constructor(server: Construct, serverName: string, engine: Engine) {
    super();
    this.engine = engine;
    const { prefix } = indexesOf(serverName);
    const { resource, arn, what, host, service } = engine;
    claimNamespace(server, { resource, arn, what, namespace: prefix }, serverName);
    this.url = `opensearch+https://${host}/${prefix}?auth=sigv4&service=${service}&region=${resource.env.region}`;
    this.grants = engine.grants;
  }

  override get unfitForState(): string | undefined {
    return this.engine.unfitForState;
  }

  override connectFrom(client: ec2.IConnectable): void {
    const { connections } = this.engine;
    if (connections) client.connections.allowTo(connections, ec2.Port.HTTPS, 'search');
  }
}

function connectionsOf(domain: opensearch.IDomain, { securityGroup }: DomainStorageProps): ec2.Connections | undefined {
  if (securityGroup) return new ec2.Connections({ securityGroups: [securityGroup], defaultPort: ec2.Port.HTTPS });
  if (domain instanceof opensearch.Domain) return isInNetwork(domain) ? domain.connections : undefined;
  if (!Token.isUnresolved(domain.domainEndpoint) && domain.domainEndpoint.startsWith('vpc-')) {
    throw new Error(
      `the domain ${JSON.stringify(domain.node.path)} is in a network: say by which security group it is reached, ` +
        'McpStorage.fromDomain(domain, { securityGroup })',
    );
  }
  return undefined;
}

function isInNetwork({ node }: opensearch.Domain): boolean {
  return (node.defaultChild as opensearch.CfnDomain).vpcOptions !== undefined;
}

/** Only a domain of this app shows its nodes. */
function isSingleNode({ node }: opensearch.IDomain): boolean {
  const { clusterConfig } = (node.defaultChild ?? {}) as Partial<opensearch.CfnDomain>;
  return (clusterConfig as opensearch.CfnDomain.ClusterConfigProperty | undefined)?.instanceCount === 1;
}

function refuseIsolated(server: Construct, what: string, { network }: McpStorageBindOptions): void {
  if (!network.isolated) return;
  throw new Error(
    `this ${what} is reached over the internet, and the server ${JSON.stringify(server.node.path)} is in a network without a ` +
      'way there: give the network a NAT (McpCompute.fargate() by internet: true), or the server none',
  );
}

import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

import { RuntimePart } from '../../code/runtime-part.ts';
import type { McpNetwork } from '../../network/mcp-network.ts';
import { grantSecret, secretOption } from '../../private/secret-grant.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import { BoundStorage } from '../bound-storage.ts';
import type { McpStorageBindOptions } from '../mcp-storage.ts';
import { claimNamespace } from '../namespaces.ts';
import type { StoreUrl } from './store-url.ts';
import { withOption } from './store-url.ts';

/** How a store that a URL names is reached. */
export interface UrlStorageProps {
  /**
   * Secret with the credentials: JSON with `username` and `password`, or with `apiKey`; any other text is a password.
   *
   * @default - none: the store lets everybody in who reaches it
   */
  readonly credentials?: secretsmanager.ISecret;
  /**
   * The network that the store is in, or is reached from. The server runs there, too.
   *
   * @default - none: it is reached through the internet
   */
  readonly network?: McpNetwork;
  /**
   * Security group of the store: the server is let in, on the port of the URL only.
   *
   * @default - none is changed: it must let the server in already
   */
  readonly securityGroup?: ec2.ISecurityGroup;
  /**
   * Whether OAuth state may be kept in a Redis or Valkey whose failover loses writes that were acknowledged.
   *
   * @default false
   */
  readonly allowLostWrites?: boolean;
}

/** @internal */
export function bindUrl(
  server: Construct,
  url: StoreUrl,
  props: UrlStorageProps,
  { network, serverName }: McpStorageBindOptions,
): BoundStorage {
  if (props.network) network.join(props.network);
  else if (network.isolated) {
    throw new Error(
      `the server ${JSON.stringify(server.node.path)} is in a network without a way to the internet, and its store is not ` +
        "said to be in it: add network to McpStorage.fromUrl(), or natGateways: 1 to the server's network (internet: true of " +
        'McpCompute.fargate())',
    );
  }
  const [address = url.text] = url.text.split('?');
  claimNamespace(server, { arn: address, what: 'store' }, serverName);
  return new UrlStorage(url, props);
}

class UrlStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts: RuntimePart[];
  override readonly durable: boolean;
  override readonly shared = true;
  override readonly allowsLostWrites: boolean;
  override readonly grants: IStorageGrants;
  private readonly read: StoreUrl;
  private readonly props: UrlStorageProps;

  constructor(read: StoreUrl, props: UrlStorageProps) {
    super();
    const { credentials } = props;
    this.props = props;
    this.read = read;
    this.url = credentials ? withOption(read.text, secretOption(credentials)) : read.text;
    this.parts = [read.part];
    this.durable = read.part !== RuntimePart.MEMCACHED_STORE;
    this.allowsLostWrites = this.durable && props.allowLostWrites === true;
    this.grants = {
      readWrite: (grantee) =>
        credentials ? grantSecret(grantee, credentials) : iam.Grant.drop(grantee, 'the store knows nothing of IAM'),
    };
  }

  override get unfitForState(): string | undefined {
    return this.allowsLostWrites ? undefined : this.read.unfitForState(this.read.options);
  }

  override connectFrom(client: ec2.IConnectable): void {
    const { securityGroup, network } = this.props;
    const port = ec2.Port.tcp(this.read.port);
    if (securityGroup) {
      client.connections.allowTo(securityGroup, port, 'Store of the server');
    } else if (network && !network.reachesInternet) {
      client.connections.allowTo(ec2.Peer.ipv4(network.vpc.vpcCidrBlock), port, 'Store of the server');
    }
  }
}

import type * as docdb from 'aws-cdk-lib/aws-docdb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

import { RuntimePart } from '../../code/runtime-part.ts';
import { grantSecret, secretOption } from '../../private/secret-grant.ts';
import type { IStorageGrants } from '../bound-storage.ts';
import { BoundStorage } from '../bound-storage.ts';
import { joinNetwork } from '../join-network.ts';
import type { McpStorageBindOptions } from '../mcp-storage.ts';
import { claimNamespace } from '../namespaces.ts';
import { databaseName } from './database-name.ts';
import type { DocumentDbOptions } from './document-db-options.ts';
import { McpDocumentDb } from './mcp-document-db.ts';

/** Properties of `McpStorage.mongoDb()`: the cluster, and the database of the server in it. */
export interface MongoDbStorageProps extends DocumentDbOptions {
  /**
   * Name of the database: at most 63 characters.
   *
   * @default - the name of the server, with `_` for `.`
   */
  readonly database?: string;
}

/** Properties of `McpStorage.fromCluster()`. */
export interface ClusterStorageProps {
  /**
   * A secret with `username` and `password` of a user of the cluster. One user for each server, who may read and write its
   * database only, keeps servers apart: CloudFormation cannot make such users.
   */
  readonly credentials: secretsmanager.ISecret;
  /**
   * Name of the database: at most 63 characters.
   *
   * @default - the name of the server, with `_` for `.`
   */
  readonly database?: string;
}

/** @internal */
export function bindNewCluster(
  server: Construct,
  props: MongoDbStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  const database = databaseName(options.serverName, props.database);
  const { cluster, credentials } = new McpDocumentDb(server, 'Storage', {
    ...props,
    network: options.network.obtain(),
    removalPolicy: props.removalPolicy ?? options.removalPolicy,
  });
  return bindDatabase(server, cluster, { credentials, database }, options);
}

/** @internal */
export function bindCluster(
  server: Construct,
  cluster: docdb.IDatabaseCluster,
  props: ClusterStorageProps,
  options: McpStorageBindOptions,
): BoundStorage {
  joinNetwork(server, options.network, cluster, 'cluster');
  return bindDatabase(server, cluster, props, options);
}

function bindDatabase(
  server: Construct,
  cluster: docdb.IDatabaseCluster,
  props: ClusterStorageProps,
  { serverName }: McpStorageBindOptions,
): BoundStorage {
  const database = databaseName(serverName, props.database);
  // Names that differ in case only are an error of MongoDB.
  const namespace = database.toLowerCase();
  claimNamespace(server, { resource: cluster, arn: cluster.clusterIdentifier, what: 'cluster', namespace }, serverName);
  return new DocumentDbStorage(cluster, props.credentials, database);
}

class DocumentDbStorage extends BoundStorage {
  override readonly url: string;
  override readonly parts = [RuntimePart.MONGODB_STORE];
  override readonly durable = true;
  override readonly shared = true;
  override readonly grants: IStorageGrants;
  private readonly cluster: docdb.IDatabaseCluster;

  constructor(cluster: docdb.IDatabaseCluster, credentials: secretsmanager.ISecret, database: string) {
    super();
    this.cluster = cluster;
    this.url =
      `mongodb+tls://${cluster.clusterEndpoint.socketAddress}/${encodeURIComponent(database)}` +
      // SHA-1 is what every version has: some say nothing of their mechanisms, and clients then try a newer one.
      `?${secretOption(credentials)}&ca=rds&retryWrites=false&replicaSet=rs0&authMechanism=SCRAM-SHA-1`;
    // Who may read the password may use the database: IAM has no part in it.
    this.grants = { readWrite: (grantee) => grantSecret(grantee, credentials) };
  }

  override connectFrom(client: ec2.IConnectable): void {
    client.connections.allowToDefaultPort(this.cluster, 'documents');
  }
}

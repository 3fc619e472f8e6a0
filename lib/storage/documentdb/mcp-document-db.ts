import { Duration, RemovalPolicy, Token } from 'aws-cdk-lib';
import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { acknowledge } from '../../private/findings.ts';
import { checkWholeNumber } from '../../private/limits.ts';
import { retainEverything } from '../../private/retain.ts';
import { rememberNetwork } from '../join-network.ts';
import { DocumentDbCapacity } from './document-db-capacity.ts';

/** What can be said about a cluster. */
export interface DocumentDbOptions {
  /**
   * What its instances are.
   *
   * @default DocumentDbCapacity.serverless()
   */
  readonly capacity?: DocumentDbCapacity;
  /**
   * How many instances there are, 1 to 16, each in another zone as far as there are zones. The data is in three zones
   * anyway; with one instance the database is away for minutes when that fails, with two for seconds.
   *
   * @default 1
   */
  readonly instances?: number;
  /**
   * Version of the engine: three numbers, at least 5.0.0 for serverless capacity.
   *
   * @default '5.0.0'
   */
  readonly engineVersion?: string;
  /**
   * Port, 1150 to 65535.
   *
   * @default 27017
   */
  readonly port?: number;
  /**
   * How far back the cluster can be restored: 1 to 35 whole days.
   *
   * @default Duration.days(7)
   */
  readonly backupRetention?: Duration;
  /**
   * Whether who logged in and what was created or dropped is logged, and what took longer than 100 ms. The log groups are
   * made by DocumentDB, `/aws/docdb/CLUSTER/audit` and `…/profiler`, and keep what they have.
   *
   * @default true
   */
  readonly logs?: boolean;
  /**
   * How often the password is replaced, 1 to 1000 whole days, by a function of AWS from the Serverless Application
   * Repository. It reaches Secrets Manager through the endpoint of a new network; one that exists needs an endpoint or a NAT.
   *
   * @default - never
   */
  readonly rotateAfter?: Duration;
  /**
   * Key that encrypts the data.
   *
   * @default - the key of DocumentDB, `aws/rds`, free of charge
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * Key that encrypts the secret with the password.
   *
   * @default - the key of Secrets Manager, `aws/secretsmanager`
   */
  readonly secretEncryptionKey?: kms.IKey;
  /**
   * Whether DocumentDB refuses to delete the cluster.
   *
   * @default - true, unless `removalPolicy` is `DESTROY`
   */
  readonly deletionProtection?: boolean;
  /**
   * What becomes of the data when the cluster leaves the stack. `SNAPSHOT` keeps a snapshot; `RETAIN` keeps the cluster with
   * everything that it needs, and goes on costing.
   *
   * @default - the `removalPolicy` of the server; without one a snapshot is kept
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a cluster. */
export interface McpDocumentDbProps extends DocumentDbOptions {
  /** The network that it is in: that of the servers. */
  readonly network: McpNetwork;
}

const INSTANCES = { min: 1, max: 16, unit: 'instances' };
const PORTS = { min: 1150, max: 65_535, unit: 'ports' };
const BACKUP_DAYS = { min: 1, max: 35, unit: 'days' };
const ROTATION_DAYS = { min: 1, max: 1000, unit: 'days' };
const DEFAULT_ENGINE = '5.0.0';

/**
 * An Amazon DocumentDB cluster: speaks MongoDB's protocol, with TLS only, encrypted, backed up.
 *
 * To share it: `McpStorage.fromCluster(documents.cluster, { credentials: documents.credentials })` for each server, which is
 * put into its network. They share the user as well.
 */
export class McpDocumentDb extends Construct {
  /** The cluster itself. */
  readonly cluster: docdb.IDatabaseCluster;
  /** Name and password of the only user, who may do everything. */
  readonly credentials: secretsmanager.ISecret;

  constructor(scope: Construct, id: string, props: McpDocumentDbProps) {
    super(scope, id);
    validate(props);
    const { vpc, vpcSubnets } = props.network;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.SNAPSHOT;
    const capacity = props.capacity ?? DocumentDbCapacity.serverless();
    const logs = props.logs ?? true;
    const cluster = new docdb.DatabaseCluster(this, 'Cluster', {
      vpc,
      vpcSubnets,
      securityGroup: new ec2.SecurityGroup(this, 'SecurityGroup', {
        vpc,
        description: 'Documents of MCP servers',
        allowAllOutbound: false, // a database answers only
      }),
      engineVersion: props.engineVersion ?? DEFAULT_ENGINE,
      port: props.port ?? docdb.DatabaseCluster.DEFAULT_PORT,
      instances: props.instances ?? 1,
      instanceType: capacity._instanceType,
      serverlessV2ScalingConfiguration: capacity._serverless,
      masterUser: { username: 'mcp', kmsKey: props.secretEncryptionKey },
      parameterGroup: this.parameters(props.engineVersion ?? DEFAULT_ENGINE, logs),
      storageEncrypted: true,
      kmsKey: props.encryptionKey,
      backup: { retention: props.backupRetention ?? Duration.days(7) },
      copyTagsToSnapshot: true,
      exportAuditLogsToCloudWatch: logs,
      exportProfilerLogsToCloudWatch: logs,
      deletionProtection: props.deletionProtection ?? removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
      instanceRemovalPolicy: RemovalPolicy.DESTROY,
    });
    this.cluster = cluster;
    this.credentials = requireSecret(cluster);
    rememberNetwork(cluster, props.network);
    if (capacity._serverless) this.addServerlessInstances(cluster, props.instances ?? 1);
    if (props.rotateAfter) this.rotate(cluster, props.rotateAfter, props.network);
    if (removalPolicy === RemovalPolicy.RETAIN) retainEverything(this);
    this.acknowledgeFindings(cluster, props);
  }

  private parameters(engineVersion: string, logs: boolean): docdb.ClusterParameterGroup {
    return new docdb.ClusterParameterGroup(this, 'Parameters', {
      family: `docdb${engineVersion.split('.').slice(0, 2).join('.')}`,
      description: 'Documents of MCP servers',
      parameters: {
        tls: 'tls1.2+',
        audit_logs: logs ? 'enabled' : 'disabled',
        profiler: logs ? 'enabled' : 'disabled',
        profiler_threshold_ms: '100',
      },
    });
  }

  /** The construct of the CDK leaves a serverless cluster without instances, so that nothing would answer. */
  private addServerlessInstances(cluster: docdb.DatabaseCluster, instances: number): void {
    for (let index = 1; index <= instances; index++) {
      const instance = new docdb.CfnDBInstance(this, `Instance${index}`, {
        dbClusterIdentifier: cluster.clusterIdentifier,
        dbInstanceClass: 'db.serverless',
      });
      acknowledge(instance, {
        'CloudFormation-Validate::E3620': 'the list of classes that is checked is older than DocumentDB Serverless',
      });
    }
  }

  private rotate(cluster: docdb.DatabaseCluster, automaticallyAfter: Duration, network: McpNetwork): void {
    const securityGroup = new ec2.SecurityGroup(this, 'RotationSecurityGroup', {
      vpc: network.vpc,
      description: 'Rotation of the password of a database',
      allowAllOutbound: network.reachesInternet,
    });
    new secretsmanager.SecretRotation(this, 'Rotation', {
      application: secretsmanager.SecretRotationApplication.MONGODB_ROTATION_SINGLE_USER,
      secret: this.credentials,
      target: cluster,
      automaticallyAfter,
      vpc: network.vpc,
      vpcSubnets: network.vpcSubnets,
      securityGroup,
      excludeCharacters: '"@/', // as in the password that is replaced
    });
    network.allowService(securityGroup, ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER);
  }

  private acknowledgeFindings(
    cluster: docdb.DatabaseCluster,
    { port, rotateAfter, logs = true }: McpDocumentDbProps,
  ): void {
    const unknown = 'DocumentDB exports the logs "audit" and "profiler"; the first holds this event';
    acknowledge(cluster, {
      ...((port ?? docdb.DatabaseCluster.DEFAULT_PORT) === docdb.DatabaseCluster.DEFAULT_PORT && {
        'AwsSolutions-DOC2': 'only the security groups of servers reach the port, whichever it is',
      }),
      ...Object.fromEntries(
        ['authenticate', 'createIndex', 'dropCollection'].map((event) => [
          `AwsSolutions-DOC5[LogExport::${event}]`,
          logs ? unknown : 'the application switched the logs off',
        ]),
      ),
      'AwsSolutions-DOC3': 'name and password are references to Secrets Manager, which the rule cannot read',
      ...(!rotateAfter && { 'AwsSolutions-SMG4': 'rotateAfter switches it on: it deploys a function of AWS' }),
    });
  }
}

function requireSecret({ secret }: docdb.DatabaseCluster): secretsmanager.ISecret {
  if (!secret) throw new TypeError('the cluster has made no secret');
  return secret;
}

function validate(props: McpDocumentDbProps): void {
  checkWholeNumber('instances', props.instances, INSTANCES);
  checkWholeNumber('port', props.port, PORTS);
  checkDays('backupRetention', props.backupRetention, BACKUP_DAYS);
  checkDays('rotateAfter', props.rotateAfter, ROTATION_DAYS);
  const { engineVersion } = props;
  if (engineVersion !== undefined && (Token.isUnresolved(engineVersion) || !/^\d+\.\d+\.\d+$/.test(engineVersion))) {
    throw new Error(`engineVersion must be three numbers such as "5.0.0", got ${JSON.stringify(engineVersion)}`);
  }
  if (props.deletionProtection && props.removalPolicy === RemovalPolicy.DESTROY) {
    throw new Error(
      'deletionProtection: true contradicts removalPolicy: DESTROY, and the stack could not be deleted; leave one out',
    );
  }
}

function checkDays(name: string, duration: Duration | undefined, range: typeof BACKUP_DAYS): void {
  if (!duration || duration.isUnresolved()) return;
  checkWholeNumber(name, duration.toDays({ integral: false }), range);
}

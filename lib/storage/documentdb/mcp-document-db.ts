import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as docdb from 'aws-cdk-lib/aws-docdb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { acknowledge } from '../../private/findings.ts';
import { isRetained } from '../../private/removal.ts';
import { retainEverything } from '../../private/retain.ts';
import { rememberNetwork } from '../join-network.ts';
import { DocumentDbCapacity } from './document-db-capacity.ts';
import type { DocumentDbOptions } from './document-db-options.ts';
import { validateDocumentDb } from './document-db-options.ts';

/** Properties of a cluster. */
export interface McpDocumentDbProps extends DocumentDbOptions {
  /** The network that it is in: that of the servers. */
  readonly network: McpNetwork;
}

const DEFAULT_ENGINE = '5.0.0';
const USER = 'mcp';

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
    validateDocumentDb(props);
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
      masterUser: { username: USER, kmsKey: props.secretEncryptionKey },
      parameterGroup: this.parameters(props.engineVersion ?? DEFAULT_ENGINE, logs),
      storageEncrypted: true,
      kmsKey: props.encryptionKey,
      backup: { retention: props.backupRetention ?? Duration.days(7) },
      copyTagsToSnapshot: true,
      exportAuditLogsToCloudWatch: logs,
      exportProfilerLogsToCloudWatch: logs,
      deletionProtection: props.deletionProtection ?? isRetained(removalPolicy),
      removalPolicy,
      instanceRemovalPolicy: RemovalPolicy.DESTROY,
    });
    this.cluster = cluster;
    this.credentials = requireSecret(cluster);
    sayThatTlsIsOn(cluster);
    rememberNetwork(cluster, props.network);
    if (capacity._serverless) this.addServerlessInstances(cluster, props.instances ?? 1);
    if (props.rotateAfter) this.rotate(cluster, props.rotateAfter, props.network);
    if (isRetained(removalPolicy)) {
      retainEverything(this);
      props.network.retain();
    }
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
    const rotation = new secretsmanager.SecretRotation(this, 'Rotation', {
      application: secretsmanager.SecretRotationApplication.MONGODB_ROTATION_SINGLE_USER,
      secret: this.credentials,
      target: cluster,
      automaticallyAfter,
      vpc: network.vpc,
      vpcSubnets: network.vpcSubnets,
      securityGroup,
      excludeCharacters: '"@/', // as in the password that is replaced
      rotateImmediatelyOnUpdate: false, // the password is new, and the database may not answer yet
    });
    // Where nothing answers, the function fails, and it tries for a day.
    rotation.node.addDependency(...this.node.findAll().filter((part) => part instanceof docdb.CfnDBInstance));
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

/** The function that rotates the password connects with TLS where the secret says so; otherwise it finds out by failing. */
function sayThatTlsIsOn(cluster: docdb.DatabaseCluster): void {
  const secret = cluster.node.findChild('Secret').node.defaultChild as secretsmanager.CfnSecret;
  const template = JSON.stringify({ username: USER, ssl: true });
  secret.addPropertyOverride('GenerateSecretString.SecretStringTemplate', template);
}

function requireSecret({ secret }: docdb.DatabaseCluster): secretsmanager.ISecret {
  if (!secret) throw new TypeError('the cluster has made no secret');
  return secret;
}

import { RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as efs from 'aws-cdk-lib/aws-efs';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { refuseSnapshot } from '../../private/removal.ts';
import { rememberNetwork } from '../join-network.ts';
import { fileSystemPolicy } from './file-system-policy.ts';

/** What can be said about a file system. */
export interface FileSystemOptions {
  /**
   * How throughput is paid: `ELASTIC` per byte read and written, `BURSTING` with the storage (50 KB/s for each GB stored).
   *
   * @default efs.ThroughputMode.ELASTIC - a store is small, so what it earned by bursting would be little
   */
  readonly throughputMode?: efs.ThroughputMode;
  /**
   * After which time without access an entry moves to the cheaper storage class; it moves back when it is read.
   *
   * @default efs.LifecyclePolicy.AFTER_30_DAYS
   */
  readonly infrequentAccessAfter?: efs.LifecyclePolicy;
  /**
   * Whether AWS Backup keeps daily copies, for 35 days.
   *
   * @default true
   */
  readonly backups?: boolean;
  /**
   * Key that encrypts the files.
   *
   * @default - the key of EFS, `aws/elasticfilesystem`, free of charge
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * What becomes of the files when the file system leaves the stack.
   *
   * @default - the `removalPolicy` of the server; without one they are retained
   */
  readonly removalPolicy?: RemovalPolicy;
}

/** Properties of a file system. */
export interface McpFileSystemProps extends FileSystemOptions {
  /** The network that it is mounted in: that of the servers. */
  readonly network: McpNetwork;
}

/**
 * A file system for the folders of servers: encrypted at rest and on the way, backed up, and open to roles only that are
 * granted an access point.
 *
 * To share it: `McpStorage.fromFileSystem(files.fileSystem)` for each server, which is put into its network.
 */
export class McpFileSystem extends Construct {
  /** The file system itself. */
  readonly fileSystem: efs.IFileSystem;

  constructor(scope: Construct, id: string, props: McpFileSystemProps) {
    super(scope, id);
    validate(props);
    refuseSnapshot('a file system', props.removalPolicy);
    const { vpc, vpcSubnets } = props.network;
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Files of MCP servers',
      allowAllOutbound: false, // a mount target answers only
    });
    this.fileSystem = new efs.FileSystem(this, 'FileSystem', {
      vpc,
      vpcSubnets: { ...vpcSubnets, onePerAz: vpcSubnets.subnets ? undefined : true }, // EFS takes one target in each zone
      securityGroup,
      encrypted: true,
      kmsKey: props.encryptionKey,
      throughputMode: props.throughputMode ?? efs.ThroughputMode.ELASTIC,
      performanceMode: efs.PerformanceMode.GENERAL_PURPOSE,
      lifecyclePolicy: props.infrequentAccessAfter ?? efs.LifecyclePolicy.AFTER_30_DAYS,
      outOfInfrequentAccessPolicy: efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
      enableAutomaticBackups: props.backups ?? true,
      fileSystemPolicy: fileSystemPolicy(),
      // Not what it seems: `false` adds a statement that lets everyone who has a role write, as root too. With a policy
      // that allows nothing, the anonymous have nothing.
      allowAnonymousAccess: true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
    });
    rememberNetwork(this.fileSystem, props.network);
  }
}

function validate({ throughputMode }: McpFileSystemProps): void {
  if (throughputMode === efs.ThroughputMode.PROVISIONED) {
    throw new Error(
      'throughputMode PROVISIONED is not offered: use ELASTIC, or make the file system yourself and give it to ' +
        'McpStorage.fromFileSystem()',
    );
  }
}

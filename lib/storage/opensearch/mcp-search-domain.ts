import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as opensearch from 'aws-cdk-lib/aws-opensearchservice';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { acknowledge } from '../../private/findings.ts';
import { isRetained, refuseSnapshot } from '../../private/removal.ts';
import { retainEverything } from '../../private/retain.ts';
import { rememberNetwork } from '../join-network.ts';
import type { SearchDomainOptions } from './search-domain-options.ts';
import { validateSearchDomain } from './search-domain-options.ts';

/** Properties of a domain. */
export interface McpSearchDomainProps extends SearchDomainOptions {
  /** The network that it is in: that of the servers. */
  readonly network: McpNetwork;
  /**
   * What becomes of the domain when it leaves the stack. When it is retained, so is everything that it needs, and it goes on
   * costing.
   *
   * @default RemovalPolicy.RETAIN
   */
  readonly removalPolicy?: RemovalPolicy;
}

const DEFAULT_ZONES = 2;
const LOGS = { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY };

/**
 * A domain of Amazon OpenSearch Service in a network: encrypted, with TLS only, and open to nobody but roles that are granted
 * indexes of it. OpenSearch Service takes a snapshot every hour and keeps it for two weeks.
 *
 * To share it: `McpStorage.fromDomain(search.domain)` for each server, which is put into its network.
 */
export class McpSearchDomain extends Construct {
  /** The domain itself. */
  readonly domain: opensearch.IDomain;

  constructor(scope: Construct, id: string, props: McpSearchDomainProps) {
    super(scope, id);
    validateSearchDomain(props);
    refuseSnapshot('a domain', props.removalPolicy);
    const { network, zones = DEFAULT_ZONES } = props;
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const masters = props.masterNodes ?? 0;
    const logGroups = {
      search: new logs.LogGroup(this, 'SlowSearches', LOGS),
      index: new logs.LogGroup(this, 'SlowWrites', LOGS),
      app: new logs.LogGroup(this, 'Errors', LOGS),
    };
    const mayLog = this.allowLogs(Object.values(logGroups));
    const domain = new opensearch.Domain(this, 'Domain', {
      version: props.version ?? opensearch.EngineVersion.OPENSEARCH_2_19,
      vpc: network.vpc,
      vpcSubnets: [{ subnets: this.subnetPerZone(network, zones) }],
      securityGroups: [
        new ec2.SecurityGroup(this, 'SecurityGroup', {
          vpc: network.vpc,
          description: 'Search engine of MCP servers',
          allowAllOutbound: false, // a search engine answers only
        }),
      ],
      capacity: {
        dataNodes: props.dataNodes ?? zones,
        dataNodeInstanceType: props.dataNodeType ?? 't3.small.search',
        masterNodes: masters,
        masterNodeInstanceType: masters > 0 ? (props.masterNodeType ?? 'm7g.medium.search') : undefined,
        multiAzWithStandbyEnabled: false, // for three zones and large nodes only
      },
      zoneAwareness: zones > 1 ? { enabled: true, availabilityZoneCount: zones } : { enabled: false },
      ebs: { volumeSize: props.volumeSizeGib ?? 10, volumeType: ec2.EbsDeviceVolumeType.GP3 },
      encryptionAtRest: { enabled: true, kmsKey: props.encryptionKey },
      nodeToNodeEncryption: true,
      enforceHttps: true,
      tlsSecurityPolicy: opensearch.TLSSecurityPolicy.TLS_1_2_PFS,
      // IAM sees the index in the path only: without this, a batch could name other servers' indexes in its body.
      advancedOptions: { 'rest.action.multi.allow_explicit_index': 'false' },
      enableAutoSoftwareUpdate: true,
      enableVersionUpgrade: true,
      logging: {
        slowSearchLogEnabled: true,
        slowSearchLogGroup: logGroups.search,
        slowIndexLogEnabled: true,
        slowIndexLogGroup: logGroups.index,
        appLogEnabled: true,
        appLogGroup: logGroups.app,
      },
      suppressLogsResourcePolicy: true, // a custom resource, for what CloudFormation can do by now
      removalPolicy,
    });
    domain.node.addDependency(mayLog);
    this.domain = domain;
    rememberNetwork(domain, network);
    if (isRetained(removalPolicy)) {
      retainEverything(this);
      network.retain();
    }
    acknowledge(domain, {
      'AwsSolutions-OS3':
        'it has no policy that lets anybody in by address: roles are granted indexes, and groups the port',
      'AwsSolutions-OS5': 'it has no policy that lets anybody in unsigned: roles are granted indexes',
      ...(masters === 0 && { 'AwsSolutions-OS4': 'masterNodes adds them; a domain of a few nodes manages itself' }),
      ...(zones === 1 && { 'AwsSolutions-OS7': 'the application wants one zone' }),
    });
  }

  private allowLogs(logGroups: logs.ILogGroup[]): logs.ResourcePolicy {
    return new logs.ResourcePolicy(this, 'LogPolicy', {
      policyStatements: [
        new iam.PolicyStatement({
          principals: [new iam.ServicePrincipal('es.amazonaws.com')],
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: logGroups.map(({ logGroupArn }) => logGroupArn),
          conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
        }),
      ],
    });
  }

  /** A domain takes exactly one subnet in each of its zones. */
  private subnetPerZone({ vpc, vpcSubnets }: McpNetwork, zones: number): ec2.ISubnet[] {
    const selection = vpcSubnets.subnets ? vpcSubnets : { ...vpcSubnets, onePerAz: true };
    const { subnets } = vpc.selectSubnets(selection);
    if (subnets.length < zones) {
      throw new Error(
        `the network has private subnets in ${subnets.length} zones, and the domain is spread over ${zones}: ` +
          `set zones: ${subnets.length}, or maxAzs: ${zones} of the network`,
      );
    }
    return subnets.slice(0, zones);
  }
}

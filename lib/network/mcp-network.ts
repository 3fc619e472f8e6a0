import type { CfnResource } from 'aws-cdk-lib';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

import { checkWholeNumber } from '../private/limits.ts';

/** Properties of a network. */
export interface McpNetworkProps {
  /**
   * A network that exists. Nothing is added to it: its subnets must reach the services that the server uses, by endpoints
   * or by a NAT.
   *
   * @default - a new one
   */
  readonly vpc?: ec2.IVpc;
  /**
   * Subnets that servers and their storage run in.
   *
   * @default - of a new network its private ones; of one that exists those with egress, otherwise the isolated ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
  /**
   * NAT gateways of a new network, 0 or one in each of its zones: without one, nothing in it reaches the internet. About 33 USD a month each.
   *
   * @default 0
   */
  readonly natGateways?: number;
  /**
   * Whether a new network has public subnets, for a load balancer that the internet reaches. Servers and their storage are
   * never in them.
   *
   * @default - only with NAT gateways, which are in them
   */
  readonly publicSubnets?: boolean;
  /**
   * Availability zones that a new network spans, 2 or 3.
   *
   * @default 2
   */
  readonly maxAzs?: number;
  /**
   * Whether connections that a new network turns away are logged, for a month.
   *
   * @default true
   */
  readonly flowLogs?: boolean;
}

const NAT_GATEWAYS = { min: 0, unit: 'NAT gateways' };
const ZONES = { min: 2, max: 3, unit: 'availability zones' };

/**
 * The network of servers whose storage lives in one: ElastiCache, EFS, DocumentDB, OpenSearch. A new network is isolated;
 * AWS services are reached by endpoints, one for each service that is used.
 *
 * Servers make one when their storage needs it. Make it yourself to share it among servers, to give it a NAT, or to use
 * one that exists.
 */
export class McpNetwork extends Construct {
  /** The network itself. */
  readonly vpc: ec2.IVpc;
  /** Subnets that servers and their storage run in. */
  readonly vpcSubnets: ec2.SubnetSelection;
  /** Whether what runs in it may reach the internet; assumed of a network that exists. */
  readonly reachesInternet: boolean;
  /** Whether it has subnets that the internet reaches. */
  readonly hasPublicSubnets: boolean;
  private readonly owned?: ec2.Vpc;

  // eslint-disable-next-line awscdk/construct-constructor-property -- the rule does not know default values
  constructor(scope: Construct, id: string, props: McpNetworkProps = {}) {
    super(scope, id);
    validate(props);
    if (props.vpc) {
      this.vpc = props.vpc;
      this.vpcSubnets = props.vpcSubnets ? notPublic(props.vpc, props.vpcSubnets) : privateSubnets(props.vpc);
      this.reachesInternet = true;
      this.hasPublicSubnets = props.vpc.publicSubnets.length > 0;
      return;
    }
    const natGateways = props.natGateways ?? 0;
    const maxAzs = props.maxAzs ?? ZONES.min;
    const { PRIVATE_WITH_EGRESS, PRIVATE_ISOLATED } = ec2.SubnetType;
    const subnetType = natGateways > 0 ? PRIVATE_WITH_EGRESS : PRIVATE_ISOLATED;
    this.hasPublicSubnets = natGateways > 0 || props.publicSubnets === true;
    this.owned = new ec2.Vpc(this, 'Vpc', {
      maxAzs,
      natGateways,
      // Every network has the ranges of all that it may have one day: a subnet that moves cannot be updated.
      reservedAzs: ZONES.max - maxAzs,
      subnetConfiguration: [
        { ...PUBLIC, reserved: !this.hasPublicSubnets },
        { ...INSIDE, subnetType },
      ],
      restrictDefaultSecurityGroup: false, // nothing here is in the default group, and closing it takes a custom resource
    });
    this.vpc = this.owned;
    this.vpcSubnets = props.vpcSubnets ?? { subnetType };
    this.reachesInternet = natGateways > 0;
    if (props.flowLogs ?? true) this.logRefused(this.owned);
  }

  /**
   * Lets a client reach an AWS service, by an interface endpoint that is made at the first call for the service. In a
   * network that exists it is left to that network.
   */
  allowService(client: ec2.IConnectable, service: ec2.InterfaceVpcEndpointAwsService): void {
    if (!this.owned) return;
    const name = service.shortName.replaceAll('.', '');
    const id = `Endpoint${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const existing = this.node.tryFindChild(id) as ec2.InterfaceVpcEndpoint | undefined;
    const endpoint =
      existing ??
      new ec2.InterfaceVpcEndpoint(this, id, {
        vpc: this.owned,
        service,
        subnets: this.vpcSubnets,
        open: false, // the default lets the whole network in
        securityGroups: [
          new ec2.SecurityGroup(this, `${id}SecurityGroup`, {
            vpc: this.owned,
            description: `Endpoint of ${service.shortName}`,
            allowAllOutbound: false, // an endpoint answers only
          }),
        ],
      });
    // From the side of the client: its stack may be another one, on which that of the network must not depend.
    client.connections.allowToDefaultPort(endpoint);
  }

  /** Lets a client reach DynamoDB, by a gateway endpoint, which costs nothing. */
  allowDynamoDb(client: ec2.IConnectable): void {
    if (!this.owned) return;
    if (!this.node.tryFindChild('EndpointDynamodb')) {
      new ec2.GatewayVpcEndpoint(this, 'EndpointDynamodb', {
        vpc: this.owned,
        service: ec2.GatewayVpcEndpointAwsService.DYNAMODB,
        subnets: [this.vpcSubnets],
      });
    }
    // Its addresses are known to AWS only; from an isolated network no other is reached.
    client.connections.allowTo(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'DynamoDB, through its gateway endpoint');
  }

  /**
   * Lets a client pull the layers of images in ECR, by a gateway endpoint for S3, which costs nothing and reaches the
   * buckets of ECR only.
   */
  allowImageLayers(client: ec2.IConnectable): void {
    if (!this.owned) return;
    if (!this.node.tryFindChild('EndpointS3')) {
      const endpoint = new ec2.GatewayVpcEndpoint(this, 'EndpointS3', {
        vpc: this.owned,
        service: ec2.GatewayVpcEndpointAwsService.S3,
        subnets: [this.vpcSubnets],
      });
      const { region, partition } = Stack.of(this);
      endpoint.addToPolicy(
        new iam.PolicyStatement({
          principals: [new iam.AnyPrincipal()], // ECR signs the address of each layer; the task calls without a name
          actions: ['s3:GetObject'],
          resources: [`arn:${partition}:s3:::prod-${region}-starport-layer-bucket/*`],
        }),
      );
    }
    // Its addresses are known to AWS only; from an isolated network no other is reached.
    client.connections.allowTo(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'S3, through its gateway endpoint');
  }

  /**
   * Keeps the network and its subnets when they leave the stack, since storage in it is kept: its network interfaces would
   * make the deletion fail. Routes, gateways and endpoints go, so that what stays costs nothing. Called by the storage.
   */
  retain(): void {
    if (!this.owned) return;
    const { subnets } = this.vpc.selectSubnets(this.vpcSubnets);
    for (const kept of [this.owned, ...subnets]) {
      (kept.node.defaultChild as CfnResource).applyRemovalPolicy(RemovalPolicy.RETAIN);
    }
  }

  private logRefused(vpc: ec2.Vpc): void {
    const logGroup = new logs.LogGroup(this, 'FlowLogs', {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    vpc.addFlowLog('Refused', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }
}

const PUBLIC = { name: 'Public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false } as const;
/** Of one name with and without a NAT, which gives them their ids. */
const INSIDE = { name: 'Inside', cidrMask: 20 } as const;

/** @throws Error when some of the subnets are public */
function notPublic(vpc: ec2.IVpc, selection: ec2.SubnetSelection): ec2.SubnetSelection {
  if (!vpc.selectSubnets(selection).hasPublic) return selection;
  throw new Error(
    `vpcSubnets name public subnets of the network ${JSON.stringify(vpc.node.path)}: storage is never public, and a server there ` +
      'has no address to call out with. Name private or isolated ones',
  );
}

function privateSubnets(vpc: ec2.IVpc): ec2.SubnetSelection {
  if (vpc.privateSubnets.length > 0) return { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
  if (vpc.isolatedSubnets.length > 0) return { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };
  throw new Error(
    `the network ${JSON.stringify(vpc.node.path)} of ${Stack.of(vpc).stackName} has no private subnets, and storage is never public: ` +
      `name the ones to use, vpcSubnets: { subnets: […] }`,
  );
}

function validate(props: McpNetworkProps): void {
  checkWholeNumber('natGateways', props.natGateways, NAT_GATEWAYS);
  checkWholeNumber('maxAzs', props.maxAzs, ZONES);
  const { natGateways = 0, maxAzs = ZONES.min } = props;
  if (natGateways > maxAzs) {
    throw new Error(
      `natGateways must not be more than the zones, one in each, got ${natGateways} in ${maxAzs}: lower it, or raise maxAzs`,
    );
  }
  if (props.natGateways !== undefined && props.natGateways > 0 && props.publicSubnets === false) {
    throw new Error('NAT gateways are in public subnets: leave out publicSubnets: false, or natGateways');
  }
  if (props.vpc && (props.natGateways ?? props.publicSubnets ?? props.maxAzs ?? props.flowLogs) !== undefined) {
    throw new Error(
      'natGateways, publicSubnets, maxAzs and flowLogs are of a new network: leave them out, or leave out vpc',
    );
  }
}

import type { Duration } from 'aws-cdk-lib';
import { Annotations } from 'aws-cdk-lib';
import * as acm from 'aws-cdk-lib/aws-certificatemanager';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';
import * as targets from 'aws-cdk-lib/aws-route53-targets';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { acknowledge } from '../../private/findings.ts';
import { groupDescription } from '../../private/group-description.ts';
import { refuseForeignCertificates } from './certificate-region.ts';
import type { HttpsListenerProps, McpListener } from './mcp-listener.ts';

interface ServerLoadBalancerProps {
  readonly listener: McpListener;
  readonly network: McpNetwork;
  /** What the listener does with a call. */
  readonly defaultAction: elbv2.ListenerAction;
  readonly idleTimeout: Duration;
  readonly deletionProtection: boolean;
  readonly accessLogs?: s3.IBucket;
}

/**
 * The load balancer of a server, which lets in whom its listener says. The CDK's own patterns open their port to the world.
 *
 * @internal
 */
export class ServerLoadBalancer extends Construct {
  /** Origin of the server, without a slash at the end: by its name where it has one. */
  readonly origin: string;
  /** Port that calls arrive at. */
  readonly port: number;
  private readonly balancer: elbv2.ApplicationLoadBalancer;
  private readonly entrance: elbv2.ApplicationListener;

  constructor(scope: Construct, id: string, props: ServerLoadBalancerProps) {
    super(scope, id);
    const { internal, https } = props.listener._settings;
    this.port = https ? 443 : 80;
    const { vpc } = props.network;
    const subnets = internal ? props.network.vpcSubnets : { subnetType: ec2.SubnetType.PUBLIC };
    requireTwoZones(vpc, subnets);
    const securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: groupDescription(`Load balancer of ${scope.node.path}`),
      allowAllOutbound: false, // it calls tasks only
    });
    this.balancer = new elbv2.ApplicationLoadBalancer(this, 'Resource', {
      vpc,
      vpcSubnets: subnets,
      internetFacing: !internal,
      securityGroup,
      idleTimeout: props.idleTimeout,
      dropInvalidHeaderFields: true,
      deletionProtection: props.deletionProtection,
    });
    if (props.accessLogs) this.balancer.logAccessLogs(props.accessLogs);
    else {
      acknowledge(this.balancer, {
        'AwsSolutions-ELB2': 'the server logs its calls; access logs are written where a bucket for them is given',
      });
    }
    this.entrance = this.balancer.addListener('Listener', {
      open: false,
      port: this.port,
      defaultAction: props.defaultAction,
      ...(https ? this.encrypted(https) : { protocol: elbv2.ApplicationProtocol.HTTP }),
    });
    if (https?.redirectHttp === true) {
      this.balancer.addListener('Redirect', {
        open: false,
        port: 80,
        protocol: elbv2.ApplicationProtocol.HTTP,
        defaultAction: elbv2.ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
      });
    }
    this.letIn(props, securityGroup);
    this.origin = https?.domainName === undefined ? this.ownOrigin(https) : `https://${https.domainName}`;
    if (!https && !internal) warnOfInsecureListener(scope);
  }

  get loadBalancer(): elbv2.ApplicationLoadBalancer {
    return this.balancer;
  }

  /** The listener that calls arrive at. */
  get listener(): elbv2.ApplicationListener {
    return this.entrance;
  }

  private ownOrigin(https: HttpsListenerProps | undefined): string {
    return `${https ? 'https' : 'http'}://${this.balancer.loadBalancerDnsName}`;
  }

  private encrypted({
    domainName,
    hostedZone,
    certificates = [],
    sslPolicy,
  }: HttpsListenerProps): elbv2.BaseApplicationListenerProps {
    if (hostedZone) {
      new route53.ARecord(this, 'Alias', {
        zone: hostedZone,
        recordName: domainName,
        target: route53.RecordTarget.fromAlias(new targets.LoadBalancerTarget(this.balancer)),
      });
    }
    refuseForeignCertificates(this, certificates);
    return {
      protocol: elbv2.ApplicationProtocol.HTTPS,
      sslPolicy: sslPolicy ?? elbv2.SslPolicy.TLS13_RES,
      certificates:
        certificates.length > 0
          ? certificates
          : [
              new acm.Certificate(this, 'Certificate', {
                domainName: domainName ?? '', // there with a zone: `McpListener.https()` made sure
                validation: acm.CertificateValidation.fromDns(hostedZone),
              }),
            ],
    };
  }

  private letIn({ listener, network }: ServerLoadBalancerProps, group: ec2.SecurityGroup): void {
    const { internal, https, allowFrom } = listener._settings;
    const ports = https?.redirectHttp === true ? [443, 80] : [this.port];
    const peers = allowFrom ?? [internal ? within(network.vpc) : ec2.Peer.anyIpv4()];
    for (const peer of peers) {
      for (const port of ports) {
        group.addIngressRule(peer, ec2.Port.tcp(port), port === this.port ? 'Clients' : 'Sent on to HTTPS');
      }
    }
    if (allowFrom) return;
    acknowledge(group, {
      'AwsSolutions-EC23': internal
        ? 'it lets in the range of the network, which is known at deployment only'
        : 'the server is on the internet, as its listener says; the network behind it lets nobody in',
    });
  }
}

/** @throws Error when the subnets are in fewer zones than a load balancer takes */
function requireTwoZones(vpc: ec2.IVpc, selection: ec2.SubnetSelection): void {
  const { availabilityZones, isPendingLookup } = vpc.selectSubnets(selection);
  if (isPendingLookup === true || new Set(availabilityZones).size >= 2) return;
  throw new Error(
    `a load balancer spans two availability zones or more, and the subnets of ${JSON.stringify(vpc.node.path)} for it are in ` +
      `${new Set(availabilityZones).size}: give McpCompute.fargate() a vpc with subnets in two, maxAzs: 2, or name some by vpcSubnets`,
  );
}

/** The addresses of a network. */
function within(vpc: ec2.IVpc): ec2.IPeer {
  try {
    return ec2.Peer.ipv4(vpc.vpcCidrBlock);
  } catch (cause) {
    throw new Error(
      `the addresses of the network ${JSON.stringify(vpc.node.path)} are not known, so none can be let in: say from where ` +
        'calls come, allowFrom: […], or give Vpc.fromVpcAttributes() its vpcCidrBlock',
      { cause },
    );
  }
}

function warnOfInsecureListener(scope: Construct): void {
  Annotations.of(scope).addWarningV2(
    'cdk-mcp-kit:insecureListener',
    'calls, answers and tokens travel over the internet without encryption: McpListener.insecureHttp() is for trials. ' +
      'Use McpListener.https(), or acknowledge this warning',
  );
}

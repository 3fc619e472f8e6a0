import { Token } from 'aws-cdk-lib';
import type * as acm from 'aws-cdk-lib/aws-certificatemanager';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as elbv2 from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import * as route53 from 'aws-cdk-lib/aws-route53';

import { requireOptional, requireResource } from '../../private/require-resource.ts';

/** Properties of `McpListener.https()`. Either a `hostedZone` or `certificates`, or both. */
export interface HttpsListenerProps {
  /**
   * Name of the server, such as `mcp.example.com`: its public origin becomes `https://` with this name.
   *
   * @default - that of `baseUrl` of the server, which is then required
   */
  readonly domainName?: string;
  /**
   * Zone that the name is in. An alias record for the load balancer is made there.
   *
   * @default - none: point the name to the load balancer yourself
   */
  readonly hostedZone?: route53.IHostedZone;
  /**
   * Certificates for the name.
   *
   * @default - a new one, which ACM validates by a record in `hostedZone`
   */
  readonly certificates?: acm.ICertificate[];
  /**
   * Whether the load balancer is reached from within the network only.
   *
   * @default false - it is reached from the internet
   */
  readonly internal?: boolean;
  /**
   * Whether port 80 is open too, and answers with the address that has TLS (301). A client that comes there has sent its
   * token in the clear before it is told.
   *
   * @default false - port 443 is the only one
   */
  readonly redirectHttp?: boolean;
  /**
   * From where calls are let in.
   *
   * @default - from everywhere; from within the network where the load balancer is internal
   */
  readonly allowFrom?: ec2.IPeer[];
  /**
   * Versions and ciphers of TLS.
   *
   * @default elbv2.SslPolicy.TLS13_RES - TLS 1.3, and 1.2 with forward secrecy and authenticated encryption
   */
  readonly sslPolicy?: elbv2.SslPolicy;
}

/** Properties of `McpListener.internalHttp()` and `McpListener.insecureHttp()`. */
export interface HttpListenerProps {
  /**
   * From where calls are let in.
   *
   * @default - from within the network where the load balancer is internal, otherwise from everywhere
   */
  readonly allowFrom?: ec2.IPeer[];
}

/** What a listener asks of the load balancer. */
interface ListenerSettings {
  readonly internal: boolean;
  readonly allowFrom?: ec2.IPeer[];
  /** How it encrypts; plain HTTP without. */
  readonly https?: HttpsListenerProps;
}

/** How clients reach a server on Fargate. */
export class McpListener {
  /**
   * HTTPS, by a name of your own. Over the internet unless it is `internal`.
   *
   * @throws Error when there is neither a zone for a certificate nor a certificate
   */
  static https(props: HttpsListenerProps): McpListener {
    validateHttps(props);
    return new McpListener({ internal: props.internal ?? false, allowFrom: props.allowFrom, https: props });
  }

  /**
   * Plain HTTP from within the network only, by a load balancer that has no public address. For callers in the same network,
   * and where something else in it ends TLS.
   */
  static internalHttp(props: HttpListenerProps = {}): McpListener {
    checkPeers(props.allowFrom);
    return new McpListener({ internal: true, allowFrom: props.allowFrom });
  }

  /**
   * Plain HTTP over the internet. Everybody on the way reads calls, answers and bearer tokens, and may change them: for
   * trials without anything to lose. A warning says so until it is acknowledged: `cdk-mcp-kit:insecureListener`.
   */
  static insecureHttp(props: HttpListenerProps = {}): McpListener {
    checkPeers(props.allowFrom);
    return new McpListener({ internal: false, allowFrom: props.allowFrom });
  }

  /** @internal */
  readonly _settings: ListenerSettings;

  private constructor(settings: ListenerSettings) {
    this._settings = settings;
  }
}

function validateHttps({ domainName, hostedZone, certificates = [], allowFrom }: HttpsListenerProps): void {
  checkPeers(allowFrom);
  requireOptional('hostedZone', 'a zone, such as route53.HostedZone.fromLookup(…)', 'hostedZoneId', hostedZone);
  for (const certificate of certificates) {
    requireResource(
      'certificates',
      'certificates, such as acm.Certificate.fromCertificateArn(…)',
      'certificateArn',
      certificate,
    );
  }
  if (!hostedZone && certificates.length === 0) {
    throw new Error(
      'McpListener.https() needs a certificate: certificates: […], or domainName and hostedZone to have one made. Without ' +
        'a domain, use McpListener.internalHttp()',
    );
  }
  if (hostedZone && domainName === undefined) {
    throw new Error('McpListener.https() needs to know the name in the hostedZone: add domainName');
  }
  if (domainName !== undefined && !Token.isUnresolved(domainName) && !/^([a-z0-9-]+\.)+[a-z0-9-]+$/i.test(domainName)) {
    throw new Error(
      `domainName must be a name such as "mcp.example.com", without scheme, port and path, got ${JSON.stringify(domainName)}`,
    );
  }
  if (domainName === undefined || !hostedZone) return;
  if (hostedZone instanceof route53.PrivateHostedZone && certificates.length === 0) {
    throw new Error(
      `ACM cannot validate a certificate in the private zone ${JSON.stringify(hostedZone.zoneName)}, which nobody outside of it ` +
        'reads: give certificates of AWS Private CA, or of a public name',
    );
  }
  const { zoneName } = hostedZone;
  if (Token.isUnresolved(domainName) || Token.isUnresolved(zoneName)) return;
  if (domainName !== zoneName && !domainName.endsWith(`.${zoneName}`)) {
    throw new Error(`domainName ${JSON.stringify(domainName)} is not in the hosted zone ${JSON.stringify(zoneName)}`);
  }
}

function checkPeers(peers: ec2.IPeer[] | undefined): void {
  for (const peer of peers ?? []) {
    requireResource('allowFrom', "peers, such as ec2.Peer.ipv4('203.0.113.0/24')", 'toIngressRuleConfig', peer);
  }
}

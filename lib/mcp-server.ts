import type { RemovalPolicy } from 'aws-cdk-lib';
import { Names } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

import { writeWiring } from '../lambda/wiring.ts';
import type { McpAuth } from './auth/mcp-auth.ts';
import type { McpCode } from './code/mcp-code.ts';
import { RuntimePart } from './code/runtime-part.ts';
import type { BoundCompute } from './compute/bound-compute.ts';
import { McpCompute } from './compute/mcp-compute.ts';
import type { IKeyRing } from './keys/key-ring.ts';
import { KeyRing } from './keys/key-ring.ts';
import type { McpNetwork } from './network/mcp-network.ts';
import { ServerNetwork } from './network/server-network.ts';
import { McpServerGrants } from './mcp-server-grants.ts';
import { withoutSnapshot } from './private/removal.ts';
import {
  refuseAuthOfOthers,
  refuseForgetfulStorage,
  refuseUnknownAddress,
  refuseUnreachableIssuer,
} from './private/server-refusals.ts';
import {
  warnOfForgetfulStorage,
  warnOfPublicServer,
  warnOfUncheckedCallers,
  warnOfUnreachableProvider,
} from './private/server-warnings.ts';
import { checkBaseUrl, checkEnvironment, checkServerName, requireChoices } from './private/server-input.ts';
import type { BoundStorage } from './storage/bound-storage.ts';
import { McpStorage } from './storage/mcp-storage.ts';

/** Properties of an MCP server. */
export interface McpServerProps {
  /** The server's code. */
  readonly code: McpCode;
  /** Who may call the server. Always stated: nothing is public by accident. */
  readonly auth: McpAuth;
  /**
   * What the server runs on.
   *
   * @default McpCompute.lambda()
   */
  readonly compute?: McpCompute;
  /**
   * Where the server keeps what it stores.
   *
   * @default McpStorage.dynamoDb()
   */
  readonly storage?: McpStorage;
  /**
   * The network to run in. Servers that share storage in a network share the network.
   *
   * @default - that of compute; without one, an isolated network is made when the storage needs it, and none otherwise
   */
  readonly network?: McpNetwork;
  /**
   * The keys of the server. Servers that read each other's encrypted data share one ring.
   *
   * @default - a new key ring, generated in Secrets Manager at deployment
   */
  readonly keys?: IKeyRing;
  /**
   * Name of the server: its namespace in a store that several share, and its name in logs and metrics. 1 to 63 letters,
   * digits, `.`, `-` or single `_`, beginning with a letter or digit and not ending with `_`.
   *
   * What is stored under one name is not found under another: with a name of its own, the construct can be moved.
   *
   * @default - made from the path of the construct, such as `McpKit-Weather-34C3B6A1`
   */
  readonly serverName?: string;
  /**
   * Public origin of the server where it has a domain of its own, such as `https://mcp.example.com`: without a path.
   *
   * @default - the address that AWS gives to the compute
   */
  readonly baseUrl?: string;
  /**
   * Environment variables for the author's code. No secrets: they would be in the template.
   *
   * @default - only those that the kit needs
   */
  readonly environment?: { [name: string]: string };
  /**
   * What becomes of the storage, the keys and the logs when the server leaves the stack. With `SNAPSHOT`, what cannot be
   * deleted into one is retained: keys, logs, and all storage but DocumentDB, Valkey and Redis.
   *
   * @default - tables and keys are retained, a cache is deleted after a last snapshot, logs are deleted
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * An MCP server, with the storage and the keys that it needs and no more rights than it uses.
 *
 * Where the clients of the server find it: `url`.
 */
export class McpServer extends Construct implements iam.IGrantable, ec2.IConnectable {
  /** Address of the server for clients: ends with `/mcp`. */
  readonly url: string;
  /** Name of the server: its namespace in a store that several share. */
  readonly serverName: string;
  /** The storage of the server. */
  readonly storage: BoundStorage;
  /** The keys of the server. */
  readonly keys: IKeyRing;
  /** What the server runs on. */
  readonly compute: BoundCompute;
  /** Lets others call the server. */
  readonly grants: McpServerGrants;
  /** Grants made to the server are made to the role of its compute. */
  readonly grantPrincipal: iam.IPrincipal;

  constructor(scope: Construct, id: string, props: McpServerProps) {
    super(scope, id);
    requireChoices(props);
    const { removalPolicy } = props;
    const baseUrl = checkBaseUrl(props.baseUrl);
    this.serverName = checkServerName(props.serverName ?? defaultName(this));

    const auth = props.auth.bind(this);
    const compute = props.compute ?? McpCompute.lambda();
    const { vpc, vpcSubnets } = compute;
    const network = new ServerNetwork(this, { network: props.network, vpc, vpcSubnets });
    compute.prepareNetwork(network);
    this.storage = (props.storage ?? McpStorage.dynamoDb()).bind(this, {
      serverName: this.serverName,
      network,
      removalPolicy,
    });
    const home = network.settle();
    refuseForgetfulStorage(auth, this.storage);
    refuseAuthOfOthers(auth, props.code);
    refuseUnknownAddress(auth, baseUrl, compute);
    refuseUnreachableIssuer(auth, home);
    this.keys = props.keys ?? new KeyRing(this, 'Keys', { removalPolicy: withoutSnapshot(removalPolicy) });
    this.compute = compute.bind(this, {
      code: props.code,
      parts: [...this.storage.parts, ...auth.parts, RuntimePart.SECRETS_MANAGER_KEY_RING],
      environment: {
        ...checkEnvironment(props.environment ?? {}),
        ...writeWiring({
          serverName: this.serverName,
          baseUrl,
          storeUrl: this.storage.url,
          keysSecret: this.keys.secret.secretArn,
          auth: auth._policy,
          allowLostWrites: auth.keepsState && this.storage.allowsLostWrites,
        }),
      },
      network: home,
      mounts: this.storage.mounts,
      shared: this.storage.shared,
      singleTask: this.storage.singleTask,
      signedByAws: auth.signedByAws,
      removalPolicy: withoutSnapshot(removalPolicy),
    });
    this.grantPrincipal = this.compute.grantPrincipal;
    this.storage.grants.readWrite(this.compute);
    if (home) {
      this.storage.connectFrom(this);
      home.allowService(this, ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER);
    }
    this.keys.grants.read(this.compute);
    this.grants = McpServerGrants.fromServer(this);
    this.url = baseUrl === undefined ? `${this.compute.rootUrl}mcp` : `${baseUrl}/mcp`;
    warnOfPublicServer(this, auth);
    warnOfForgetfulStorage(this, this.compute, this.storage);
    warnOfUncheckedCallers(this, auth, props.code);
    warnOfUnreachableProvider(this, auth, home);
  }

  /**
   * The security groups of the server.
   *
   * @throws Error when its compute is in no network
   */
  get connections(): ec2.Connections {
    return this.compute.connections;
  }

  /** A metric of the compute by its name in CloudWatch. */
  metric(metricName: string, props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compute.metric(metricName, props);
  }

  /**
   * How often the server was called.
   *
   * @default - sum over 5 minutes
   */
  metricInvocations(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compute.metricInvocations(props);
  }

  /**
   * How often a call ended in a fault of the server. An error of a tool is an answer, not a fault. On Fargate these are the
   * faults that a task answered with; what the load balancer answers when none does is `metric('HTTPCode_ELB_5XX_Count')`.
   *
   * @default - sum over 5 minutes
   */
  metricErrors(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compute.metricErrors(props);
  }

  /**
   * How long calls took: on Lambda in milliseconds, the streamed answer included; on Fargate in seconds, until the answer begins.
   *
   * @default - average over 5 minutes
   */
  metricDuration(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compute.metricDuration(props);
  }

  /**
   * How often a call was turned away because too many ran at once.
   *
   * @default - sum over 5 minutes
   */
  metricThrottles(props?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.compute.metricThrottles(props);
  }
}

function defaultName(server: McpServer): string {
  return Names.uniqueResourceName(server, { maxLength: 63, separator: '-' });
}

import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

import { McpNetwork } from './mcp-network.ts';

/** Where a server is asked to run. */
export interface ServerNetworkProps {
  /**
   * The network that the application gave the server.
   *
   * @default - none: one is made when storage needs it
   */
  readonly network?: McpNetwork;
  /**
   * The network that the application gave the compute.
   *
   * @default - none
   */
  readonly vpc?: ec2.IVpc;
  /**
   * The subnets that the application gave the compute.
   *
   * @default - the private ones
   */
  readonly vpcSubnets?: ec2.SubnetSelection;
}

/** The network of one server: none, until its storage needs one. */
export class ServerNetwork {
  private readonly server: Construct;
  private found?: McpNetwork;
  private natGateways = 0;
  private publicSubnets = false;
  private always = false;

  constructor(server: Construct, props: ServerNetworkProps) {
    this.server = server;
    if (props.network && props.vpc && props.network.vpc !== props.vpc) {
      throw new Error('network and the vpc of compute are two networks: give the server one of them');
    }
    this.found = props.network;
    if (!this.found && props.vpc) {
      this.found = new McpNetwork(server, 'Network', { vpc: props.vpc, vpcSubnets: props.vpcSubnets });
    }
  }

  /** The network that the server runs in, if it runs in one. */
  get current(): McpNetwork | undefined {
    return this.found;
  }

  /** Whether the server runs, or will run, in a network without a way to the internet. */
  get isolated(): boolean {
    return this.found ? !this.found.reachesInternet : this.always && this.natGateways === 0;
  }

  /**
   * Says that the server calls the internet: a network that is made for it then has a NAT gateway.
   *
   * @throws Error when the server was given a network without a way there
   */
  needInternet(): void {
    if (this.found && !this.found.reachesInternet) {
      throw new Error(
        `internet: true needs a way there, and the network of ${JSON.stringify(this.server.node.path)} is isolated: give it ` +
          'natGateways: 1, or leave out internet',
      );
    }
    this.natGateways = 1;
  }

  /** Says that the server runs in a network, whatever its storage is. */
  needNetwork(): void {
    this.always = true;
  }

  /** Says that the server has an address that the internet reaches: a network that is made for it has public subnets. */
  needPublicSubnets(): void {
    this.publicSubnets = true;
  }

  /**
   * The network that the server runs in, once its storage has one.
   *
   * @returns undefined when neither storage nor compute needs one
   * @throws Error when the network does not have what was said to be needed
   */
  settle(): McpNetwork | undefined {
    const network = this.always ? this.obtain() : this.found;
    if (this.publicSubnets && network && !network.hasPublicSubnets) {
      throw new Error(
        `the listener is reached from the internet, and the network of ${JSON.stringify(this.server.node.path)} has no ` +
          "public subnets for its load balancer: new McpNetwork(this, 'Network', { publicSubnets: true }), or use " +
          'McpListener.internalHttp() or internal: true',
      );
    }
    // Storage that exists may have brought another network than the one that was asked.
    if (this.natGateways > 0) this.needInternet();
    return network;
  }

  /** The network that the server runs in: one of its own when it has none, isolated unless the server calls the internet. */
  obtain(): McpNetwork {
    this.found ??= new McpNetwork(this.server, 'Network', {
      natGateways: this.natGateways,
      publicSubnets: this.publicSubnets || undefined,
    });
    return this.found;
  }

  /**
   * Puts the server where a backend is already.
   *
   * @throws Error when it runs elsewhere
   */
  join(network: McpNetwork): McpNetwork {
    this.found ??= network;
    if (this.found.vpc !== network.vpc) {
      throw new Error(
        `the storage of ${JSON.stringify(this.server.node.path)} is in the network ${JSON.stringify(network.vpc.node.path)}, ` +
          `the server in ${JSON.stringify(this.found.vpc.node.path)}: give both the same, McpServer({ network, … })`,
      );
    }
    return this.found;
  }
}

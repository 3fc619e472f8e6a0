import { Resource } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { checkEndpointAddress } from './endpoint-address.ts';
import type { IMcpMemcached } from './mcp-memcached.ts';
import { MEMCACHED_PORT } from './memcached-nodes.ts';

/** What is known of a Memcached cache that exists already. */
export interface MemcachedAttributes {
  /** Host that clients connect to: of nodes the configuration endpoint, which has `.cfg.` in its name. */
  readonly endpointAddress: string;
  /**
   * Port that clients connect to.
   *
   * @default 11211
   */
  readonly port?: number;
  /**
   * Whether clients ask the endpoint for the nodes.
   *
   * @default - true where the name of the endpoint has `.cfg.` in it
   */
  readonly discovery?: boolean;
  /** The network that it is in. The servers that use it run there, too. */
  readonly network: McpNetwork;
  /**
   * Its security group: servers that use it are let in.
   *
   * @default - none is changed: it must let the servers in already
   */
  readonly securityGroup?: ec2.ISecurityGroup;
}

/** @internal */
export class ImportedMemcached extends Resource implements IMcpMemcached {
  readonly endpointAddress: string;
  readonly port: number;
  readonly discovery: boolean;
  readonly network: McpNetwork;
  readonly connections: ec2.Connections;

  constructor(scope: Construct, id: string, props: MemcachedAttributes) {
    super(scope, id);
    this.endpointAddress = checkEndpointAddress(props.endpointAddress);
    this.port = props.port ?? MEMCACHED_PORT;
    this.discovery = props.discovery ?? props.endpointAddress.includes('.cfg.');
    this.network = props.network;
    this.connections = new ec2.Connections({
      securityGroups: props.securityGroup ? [props.securityGroup] : [],
      defaultPort: ec2.Port.tcp(this.port),
    });
  }
}

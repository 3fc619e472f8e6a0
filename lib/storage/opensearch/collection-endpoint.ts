import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as aoss from 'aws-cdk-lib/aws-opensearchserverless';
import { Construct } from 'constructs';

import type { McpNetwork } from '../../network/mcp-network.ts';
import { serverlessName } from './collection-names.ts';

/** Where the endpoint is. */
export interface CollectionEndpointProps {
  readonly network: McpNetwork;
}

/**
 * The endpoint through which a network reaches collections of OpenSearch Serverless.
 *
 * @internal
 */
export class CollectionEndpoint extends Construct {
  readonly endpoint: aoss.CfnVpcEndpoint;
  readonly securityGroup: ec2.ISecurityGroup;

  constructor(scope: Construct, id: string, props: CollectionEndpointProps) {
    super(scope, id);
    const { vpc, vpcSubnets } = props.network;
    this.securityGroup = new ec2.SecurityGroup(this, 'SecurityGroup', {
      vpc,
      description: 'Search collections of MCP servers',
      allowAllOutbound: false, // an endpoint answers only
    });
    const selection = vpcSubnets.subnets ? vpcSubnets : { ...vpcSubnets, onePerAz: true };
    this.endpoint = new aoss.CfnVpcEndpoint(this, 'Resource', {
      name: serverlessName(this),
      vpcId: vpc.vpcId,
      subnetIds: vpc.selectSubnets(selection).subnetIds,
      securityGroupIds: [this.securityGroup.securityGroupId],
    });
  }
}

import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';

/** Where calls arrive. */
interface Entrance {
  readonly listener: ec2.IConnectable;
  readonly port: number;
}

/**
 * Lets a caller in a network reach the listener. IAM has no say in who calls a load balancer.
 *
 * @throws Error when the caller is in no network
 */
export function grantConnection(grantee: iam.IGrantable, { listener, port }: Entrance): iam.Grant {
  const client = connectionsOf(grantee);
  if (!client) {
    throw new Error(
      'IAM does not decide who calls a server on Fargate, its network and its auth do. Let the security group of the caller ' +
        `in: server.compute.loadBalancer.connections.allowFrom(caller, ec2.Port.tcp(${port}))`,
    );
  }
  client.allowToDefaultPort(listener, 'Calls the MCP server');
  return iam.Grant.drop(grantee, 'security groups decide who reaches a load balancer');
}

function connectionsOf(grantee: iam.IGrantable): ec2.Connections | undefined {
  try {
    return (grantee as Partial<ec2.IConnectable>).connections; // throws where a function is in no network
  } catch {
    return undefined;
  }
}

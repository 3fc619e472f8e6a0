import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';

import type { McpNetwork } from '../../network/mcp-network.ts';

/** Private registries, which their endpoints reach. */
const ECR_HOST = /^\d{12}\.dkr\.ecr[.-]/;

/** Lets tasks reach what starts them: the image and the log group. In a network that exists that is left to the network. */
export function allowStart(network: McpNetwork, client: ec2.IConnectable): void {
  if (!network.reachesInternet) {
    network.allowService(client, ec2.InterfaceVpcEndpointAwsService.ECR);
    network.allowService(client, ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER);
    network.allowService(client, ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS);
  }
  network.allowImageLayers(client); // without cost, and past a NAT, which is paid by the gigabyte
}

/** @throws Error when the image is in a registry that the network does not reach */
export function refuseUnreachableImage(network: McpNetwork, { imageName }: ecs.ContainerDefinition): void {
  // An image that is built, and one of a repository of ECR, has an address that only deployment knows.
  if (network.reachesInternet || Token.isUnresolved(imageName) || ECR_HOST.test(imageName)) return;
  throw new Error(
    `the image ${JSON.stringify(imageName)} is in a registry on the internet, where the network of the server has no way ` +
      'to: use ecs.ContainerImage.fromEcrRepository() or fromAsset(), or McpCompute.fargate({ internet: true })',
  );
}

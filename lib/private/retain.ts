import { CfnResource, RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Retains a resource with everything that was made for it: what it needs cannot be deleted while it is there. */
export function retainEverything(scope: Construct): void {
  for (const construct of scope.node.findAll()) {
    if (construct instanceof CfnResource) construct.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}

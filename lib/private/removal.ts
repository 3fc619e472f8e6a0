import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * The removal policy of a server for a resource that cannot be deleted into a snapshot: where that is wanted, the resource
 * itself is kept, since CloudFormation refuses a template with `Snapshot` on it.
 */
export function withoutSnapshot(ofServer: RemovalPolicy | undefined): RemovalPolicy | undefined {
  return ofServer === RemovalPolicy.SNAPSHOT ? RemovalPolicy.RETAIN : ofServer;
}

/**
 * @param what the resource, for the message: `a table`
 * @throws Error when the application asks for a snapshot of what has none
 */
export function refuseSnapshot(what: string, policy: RemovalPolicy | undefined, name = 'removalPolicy'): void {
  if (policy !== RemovalPolicy.SNAPSHOT) return;
  throw new Error(
    `${name}: SNAPSHOT is not what ${what} can have, since CloudFormation makes no snapshot of it: use RETAIN, ` +
      'RETAIN_ON_UPDATE_OR_DELETE or DESTROY',
  );
}

/** Whether the resource is still there when it has left the stack. */
export function isRetained(policy: RemovalPolicy | undefined): boolean {
  return policy === RemovalPolicy.RETAIN || policy === RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
}

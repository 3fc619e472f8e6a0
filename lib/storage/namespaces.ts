import { Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct, IConstruct } from 'constructs';

const claims = new WeakMap<IConstruct, Map<string, string>>();

/**
 * Remembers that a server uses its name in a table.
 *
 * @throws Error when another server of the application has the same name in the same table: each would read and
 * overwrite what the other stores
 */
export function claimNamespace(scope: Construct, table: dynamodb.ITable, serverName: string): void {
  const known = claims.get(scope.node.root) ?? new Map<string, string>();
  claims.set(scope.node.root, known);
  const claim = JSON.stringify([identityOf(table), serverName]);
  const other = known.get(claim);
  if (other !== undefined) {
    throw new Error(
      `two servers named ${JSON.stringify(serverName)} would share one namespace of one table: ` +
        `${JSON.stringify(other)} and ${JSON.stringify(scope.node.path)}; give one of them another serverName`,
    );
  }
  known.set(claim, scope.node.path);
}

/** A table may be imported several times: its ARN tells which it is, together with the place where that is complete. */
function identityOf(table: dynamodb.ITable): string {
  const stack = Stack.of(table);
  const arn = JSON.stringify(stack.resolve(table.tableArn));
  const place = arn.includes('Fn::GetAtt') ? [stack.node.path] : [table.env.account, table.env.region];
  return JSON.stringify([...place, arn]);
}

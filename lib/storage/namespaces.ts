import type { ResourceEnvironment } from 'aws-cdk-lib';
import { Stack } from 'aws-cdk-lib';
import type { Construct, IConstruct } from 'constructs';

/** What several servers may share. */
export interface SharedStore {
  /**
   * Where it is defined or imported.
   *
   * @default - nowhere: what is in `arn` says all, as a URL does
   */
  readonly resource?: IConstruct & { readonly env: ResourceEnvironment };
  /** Its ARN, or what tells it from others of its kind instead. */
  readonly arn: string;
  /** What it is called in a message, such as `table`. */
  readonly what: string;
  /**
   * What the store makes of a server's name.
   *
   * @default - the name itself
   */
  readonly namespace?: string;
  /**
   * Whether it is for one server alone.
   *
   * @default false
   */
  readonly whole?: boolean;
}

interface Claim {
  readonly path: string;
  readonly serverName: string;
}

const claims = new WeakMap<IConstruct, Map<string, Claim>>();

/**
 * Remembers that a server uses its name in a store.
 *
 * @throws Error when another server of the application has the same namespace in the same store: each would read and
 * overwrite what the other stores
 */
export function claimNamespace(scope: Construct, store: SharedStore, serverName: string): void {
  const known = claims.get(scope.node.root) ?? new Map<string, Claim>();
  claims.set(scope.node.root, known);
  const namespace = store.whole ? '' : (store.namespace ?? serverName);
  const claim = JSON.stringify([identityOf(store), namespace]);
  const other = known.get(claim);
  if (other !== undefined) {
    const both = `${JSON.stringify(other.path)} and ${JSON.stringify(scope.node.path)}`;
    throw new Error(`${whoShares(store, other.serverName, serverName)}: ${both}; ${remedy(store)}`);
  }
  known.set(claim, { path: scope.node.path, serverName });
}

/** A resource may be imported several times: its ARN tells which it is, together with the place where that is complete. */
function identityOf({ resource, arn }: SharedStore): string {
  if (!resource) return JSON.stringify(arn);
  const stack = Stack.of(resource);
  const resolved = JSON.stringify(stack.resolve(arn));
  const here = /"Fn::GetAtt"|"Ref":"(?!AWS::)/.test(resolved);
  const place = here ? [stack.node.path] : [resource.env.account, resource.env.region];
  return JSON.stringify([...place, resolved]);
}

function whoShares({ what, whole, namespace }: SharedStore, theirs: string, mine: string): string {
  const [one, two] = [JSON.stringify(theirs), JSON.stringify(mine)];
  if (whole) return `the servers ${one} and ${two} would share one ${what}`;
  const servers =
    one === two
      ? `two servers named ${one}`
      : `the servers ${one} and ${two}, both ${JSON.stringify(namespace)} there,`;
  return `${servers} would share one namespace of one ${what}`;
}

function remedy({ what, whole }: SharedStore): string {
  return whole ? `give each an ${what} of its own` : 'give one of them another serverName';
}

import type { Construct } from 'constructs';

/** What is made for one server. */
export interface OneServerProps {
  /** The call that makes it, such as `McpStorage.dynamoDb()`. */
  readonly call: string;
  /** What it makes, such as `table`. */
  readonly what: string;
  /** How servers share one instead: `share it with "Path" by …`. */
  readonly share: string;
}

/** The server that a storage was made for: one object makes one resource. */
export class OneServer {
  private readonly props: OneServerProps;
  private owner?: string;

  constructor(props: OneServerProps) {
    this.props = props;
  }

  /** @throws Error when another server came first */
  take(server: Construct): void {
    const { call, what, share } = this.props;
    if (this.owner !== undefined) {
      throw new Error(
        `this ${call} already made the ${what} of ${JSON.stringify(this.owner)}: ` +
          `share it with ${JSON.stringify(server.node.path)} by ${share}, or call ${call} again for a ${what} of its own`,
      );
    }
    this.owner = server.node.path;
  }
}

import type * as iam from 'aws-cdk-lib/aws-iam';

import type { McpServer } from './mcp-server.ts';

/** Grants on a server. */
export class McpServerGrants {
  static fromServer(server: McpServer): McpServerGrants {
    return new McpServerGrants(server);
  }

  private readonly server: McpServer;

  private constructor(server: McpServer) {
    this.server = server;
  }

  /**
   * Lets a principal call this server through its URL, and not otherwise. With `McpAuth.iam()` that is all a caller
   * needs; the other modes let requests through to the server, which then checks the bearer token, if there is one.
   */
  invoke(grantee: iam.IGrantable): iam.Grant {
    return this.server.compute.grantInvoke(grantee);
  }
}

import type { Construct } from 'constructs';

import type { AuthPolicy } from '../../lambda/wiring.ts';
import { RuntimePart } from '../code/runtime-part.ts';
import type { JwtAuthProps } from './jwt-auth.ts';
import { jwtPolicy } from './jwt-auth.ts';

/** What an authentication mode asks of the rest of the server. */
export interface McpAuthConfig {
  /**
   * What the runtime enforces: travels as JSON in `MCP_AUTH`, and holds no secret.
   *
   * @internal
   */
  readonly _policy: AuthPolicy;
  /** Parts of the runtime that it needs. */
  readonly parts: RuntimePart[];
  /** Whether AWS lets only signed requests through; otherwise every request reaches the code of the server. */
  readonly signedByAws: boolean;
  /** Whether it keeps state, such as registered clients and refresh tokens, that must never be lost. */
  readonly keepsState: boolean;
  /**
   * Whether the code of the server checks callers with an auth of its own.
   *
   * @default false
   */
  readonly ownAuth?: boolean;
}

/** Who may call the server. A server always says so: nothing is public by accident. */
export abstract class McpAuth {
  /** Anybody who knows the address may call. */
  static none(): McpAuth {
    return new FixedAuth({ _policy: { mode: 'none' }, parts: [], signedByAws: false, keepsState: false });
  }

  /** Callers sign their requests with AWS credentials (SigV4): let them in with `server.grants.invoke(role)`. */
  static iam(): McpAuth {
    return new FixedAuth({ _policy: { mode: 'iam' }, parts: [], signedByAws: true, keepsState: false });
  }

  /**
   * Callers present a bearer token (a JWT) of an OAuth 2.1 authorization server; this server checks it and stores nothing.
   *
   * @throws Error when the issuer is not an HTTPS URL, the audience is empty, or an algorithm is symmetric or `none`
   */
  static jwt(props: JwtAuthProps): McpAuth {
    return new FixedAuth({
      _policy: jwtPolicy(props),
      parts: [RuntimePart.JWT_AUTHENTICATOR],
      signedByAws: false,
      keepsState: false,
    });
  }

  /**
   * The FastMCP server has an auth provider of its own, `FastMCP(auth=…)`, such as `GitHubProvider`: it keeps registered
   * clients and tokens in the storage, and does not start without a provider.
   */
  static fastmcp(): McpAuth {
    return new FixedAuth({
      _policy: { mode: 'server' },
      parts: [],
      signedByAws: false,
      keepsState: true,
      ownAuth: true,
    });
  }

  /** Called by the server; not by applications. */
  abstract bind(scope: Construct): McpAuthConfig;
}

class FixedAuth extends McpAuth {
  private readonly config: McpAuthConfig;

  constructor(config: McpAuthConfig) {
    super();
    this.config = config;
  }

  override bind(): McpAuthConfig {
    return this.config;
  }
}

import type { RuntimeParts } from '../parts.ts';
import { WIRING, WiringError } from '../wiring.ts';
import type { AuthPolicy } from '../wiring.ts';
import type { Authenticator } from './authenticator.ts';
import { iamAuthenticator } from './iam.ts';

/**
 * The authenticator for a policy.
 *
 * @throws {WiringError} when the policy wants tokens checked and the bundle holds nothing that can
 */
export function authenticatorFor(policy: AuthPolicy, parts: Pick<RuntimeParts, 'authenticator'>): Authenticator {
  switch (policy.mode) {
    case 'none':
      return { authenticate: () => Promise.resolve({ caller: undefined }) };
    case 'iam':
      return iamAuthenticator();
    case 'server':
      throw new WiringError(
        WIRING.auth,
        'has the mode "server", which is for servers with an auth of their own, such as FastMCP\'s; this one has none',
        '{"mode":"iam"}',
      );
    case 'jwt':
      if (!parts.authenticator) {
        throw new WiringError(
          WIRING.auth,
          'has the mode "jwt", but this bundle was built without the part that checks tokens; build it for this mode',
          '{"mode":"iam"}',
        );
      }
      return parts.authenticator(policy);
  }
}

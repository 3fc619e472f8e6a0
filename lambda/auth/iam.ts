import type { AuthInfo } from '@modelcontextprotocol/server';

import type { HttpRequest } from '../host/http.ts';
import type { Authenticator } from './authenticator.ts';
import { signatureMissing } from './challenge.ts';

/**
 * The caller whose SigV4 signature AWS has checked before the request arrived.
 *
 * @returns undefined when nobody has checked one
 */
export function iamCaller(request: HttpRequest): AuthInfo | undefined {
  const arn = request.callerArn;
  // The signature stays with AWS: there is no token that server code could pass on.
  return arn ? { token: '', clientId: arn, scopes: [], extra: { sub: arn } } : undefined;
}

/** Lets through only what AWS has authenticated: on a host that checks no signatures, nobody. */
export function iamAuthenticator(): Authenticator {
  return {
    authenticate(request) {
      const caller = iamCaller(request);
      return Promise.resolve(caller ? { caller } : { refusal: signatureMissing(), reason: 'no caller from AWS' });
    },
  };
}

import { Token } from 'aws-cdk-lib';

/**
 * The host of a cache that exists.
 *
 * @throws Error when it is known, and no host
 */
export function checkEndpointAddress(address: string): string {
  if (Token.isUnresolved(address) || /^(?:[a-z0-9_-]+\.)*[a-z0-9_-]+$/i.test(address)) return address;
  throw new Error(
    `endpointAddress must be a host such as "master.sessions.abc123.euw1.cache.amazonaws.com", without scheme and port, got ` +
      JSON.stringify(address.replace(/\/\/[^@/]*@/, '//…@')),
  );
}

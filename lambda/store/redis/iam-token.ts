import { Sha256 } from '@aws-crypto/sha256-js';
import { SignatureV4 } from '@smithy/signature-v4';

/** Credentials of AWS, or where they come from each time. */
export type AwsCredentials = ConstructorParameters<typeof SignatureV4>[0]['credentials'];

export interface IamTokenProps {
  /** Id of the ElastiCache user, which is its name too. */
  readonly username: string;
  /** Name of the cache or of the replication group, lower-case. */
  readonly cache: string;
  readonly serverless: boolean;
  readonly region: string;
  /** The credentials of this process. */
  readonly credentials: AwsCredentials;
}

/** Seconds in which ElastiCache takes a token. A connection that it opened lives on without it. */
const VALID = 900;

/**
 * What ElastiCache takes as the password of an IAM user: a signed request to connect, without its scheme. Made for one
 * connection: the credentials behind an older token may have ended before the token.
 */
export async function iamToken(props: IamTokenProps, now: Date = new Date()): Promise<string> {
  const { username, cache, serverless, region, credentials } = props;
  const signer = new SignatureV4({ service: 'elasticache', region, credentials, sha256: Sha256 });
  const { query = {} } = await signer.presign(
    {
      method: 'GET',
      protocol: 'http:',
      hostname: cache,
      path: '/',
      query: { Action: 'connect', User: username, ...(serverless ? { ResourceType: 'ServerlessCache' } : {}) },
      headers: { host: cache },
    },
    { expiresIn: VALID, signingDate: now },
  );
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  return `${cache}/?${pairs.join('&')}`;
}

/** As signatures want it: what `encodeURIComponent` leaves alone though it is reserved is encoded too. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

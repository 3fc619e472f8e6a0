import { UsageError } from '../usage-error.ts';
import { MAX_ATTEMPTS } from './clients.ts';

/** What a fault of the SDK carries, of which each kind fills a part. */
interface SdkFault {
  readonly name?: string;
  readonly message?: string;
  readonly code?: string;
}

const DENIED = /^(?:AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError)$/;
const EXPIRED = /^(?:ExpiredToken|ExpiredTokenException|RequestExpired)$/;
const UNKNOWN_KEY =
  /^(?:UnrecognizedClientException|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|IncompleteSignature|IncompleteSignatureException|MissingAuthenticationToken|MissingAuthenticationTokenException|AuthFailure|OptInRequired)$/;
const THROTTLED =
  /^(?:Throttling|ThrottlingException|ThrottledException|RequestLimitExceeded|TooManyRequestsException)$/;
const UNKNOWN_CALL = /^(?:UnknownOperationException|UnknownOperation|InvalidAction)$/;
const NO_ADDRESS = /^(?:ENOTFOUND|EAI_AGAIN)$/;
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

/** Nothing can be looked at with these credentials or in this region: goes to where input is refused. */
export function fatalFault(error: unknown, region: string): UsageError | undefined {
  const { name = '', message = '' } = error as SdkFault;
  if (/CredentialsProviderError|TokenProviderError/.test(name)) return new UsageError(noCredentials(message));
  if (EXPIRED.test(name)) return new UsageError('the AWS credentials have expired: sign in again (aws sso login)');
  if (UNKNOWN_KEY.test(name)) {
    return new UsageError(
      `AWS does not accept these credentials (${name}): sign in again, check the clock of this machine, ` +
        `and that the region ${region} is enabled for the account`,
    );
  }
  return undefined;
}

/** @returns what went wrong with the region of the configuration, or nothing when that is not it */
export function regionFault(error: unknown): UsageError | undefined {
  const { message = '' } = error as SdkFault;
  if (!/region/i.test(message)) return undefined;
  return message === 'Region is missing'
    ? new UsageError('no region given: use --region eu-west-1, AWS_REGION, or a profile that has one')
    : new UsageError(`the region cannot be used: ${oneLine(message)}`);
}

/** What to tell of a call that failed where others may not. Never a key, a token or a signature. */
export function whyNot(error: unknown): string {
  const { name = '', message = '', code = '' } = error as SdkFault;
  if (DENIED.test(name)) return /explicit deny/i.test(message) ? 'not allowed (an explicit deny)' : 'not allowed';
  if (THROTTLED.test(name)) return `throttled ${MAX_ATTEMPTS} times; try again later`;
  if (UNKNOWN_CALL.test(name)) return 'not known to the service that answered';
  if (NO_ADDRESS.test(code)) return 'no such address: is that a region of AWS, and is this machine online?';
  if (CERTIFICATE.test(code)) return `${code}: trust the proxy's certificate with NODE_EXTRA_CA_CERTS`;
  if (name === 'TimeoutError') return `no answer, ${MAX_ATTEMPTS} times`;
  if (code !== '') return oneLine(message || code);
  return `${name}: ${oneLine(message)}`;
}

function noCredentials(message: string): string {
  // Other messages can hold the command line of a credential process, and with it a secret.
  const detail =
    /\b(?:SSO|MFA|profile)\b/.test(message) && !/command|process/i.test(message) ? ` (${oneLine(message)})` : '';
  return (
    `no AWS credentials${detail}: sign in (aws sso login, aws login), name a profile with --profile, ` +
    'or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
  );
}

const LONGEST = 200;

/** Text of others in one line of ours: no line breaks, no escapes that move the cursor. */
export function oneLine(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}

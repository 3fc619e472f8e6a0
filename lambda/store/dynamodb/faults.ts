import {
  ItemTooLargeError,
  StoreAccessError,
  StoreError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../errors.ts';
import { ITEM_LIMIT } from './row.ts';

const THROTTLES = /^(ProvisionedThroughputExceeded|Throttling|RequestLimitExceeded|ThrottledException|LimitExceeded)/;
const ACCESS =
  /^(AccessDenied|UnrecognizedClient|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|ExpiredToken|CredentialsProvider|NotAuthorized)/;
const REJECTED = /^(ResourceNotFound|Validation|SerializationException|UnknownOperation|ItemCollectionSizeLimit)/;

/** What an error of the AWS SDK looks like, without importing it. */
interface AwsFault {
  readonly name: string;
  readonly message: string;
  /** Where the network failed: `ECONNRESET` and the like. */
  readonly code?: unknown;
  readonly $metadata?: { readonly attempts?: number; readonly requestId?: string; readonly httpStatusCode?: number };
}

/** The answer that the condition of a write did not hold. */
export type ConditionFailure = AwsFault;

/** Whether the condition of a write did not hold. */
export function isConditionFailure(error: unknown): error is ConditionFailure {
  return isFault(error) && error.name === 'ConditionalCheckFailedException';
}

/** By shape: faults of the network are made by Node itself, which need not share our `Error`. */
function isFault(error: unknown): error is AwsFault {
  return typeof error === 'object' && error !== null && 'name' in error && 'message' in error;
}

/** Whether an earlier attempt of the same call may have been applied though its answer was lost. */
export function wasRepeated(error: ConditionFailure): boolean {
  return error.$metadata?.attempts !== 1;
}

/**
 * Names a fault of DynamoDB or of the way to it. AWS's own message stays out, but for calls that it refuses on principle:
 * those speak of tables, schemas and permissions; others may quote what was sent.
 */
export function dynamoDbFault(error: unknown, call: string, table: string): unknown {
  if (!isFault(error) || error instanceof StoreError) return error;
  const { $metadata = {} } = error;
  const { attempts, requestId } = $metadata;
  const message =
    `DynamoDB ${call} on table "${table}" failed: ${typeof error.code === 'string' ? error.code : error.name}` +
    (attempts === undefined ? '' : ` after ${attempts} attempt${attempts === 1 ? '' : 's'}`) +
    (requestId === undefined ? '' : ` (request ${requestId})`);
  if (THROTTLES.test(error.name)) return new StoreThrottledError(message);
  if (ACCESS.test(error.name)) {
    return new StoreAccessError(`${message}. Check the role's permissions on the table and the credentials`);
  }
  if (REJECTED.test(error.name)) {
    if (/item size/i.test(error.message)) return new ItemTooLargeError(ITEM_LIMIT + 1, ITEM_LIMIT, 'DynamoDB');
    const hint = error.name.startsWith('ResourceNotFound') ? '. Is it the right table, region and account?' : '';
    return new StoreRejectedError(message + hint);
  }
  if (error.name === 'Error' && /region is missing/i.test(error.message)) {
    return new StoreRejectedError(`${message}. No region: write dynamodb://${table}?region=REGION or set AWS_REGION`);
  }
  return new StoreUnavailableError(message);
}

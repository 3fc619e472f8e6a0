import {
  StoreAccessError,
  StoreError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../errors.ts';

/** What an error of the driver looks like, without importing it. */
interface MongoFault {
  readonly name: string;
  /** Number of the server's errors; text for those of Node. */
  readonly code?: unknown;
  readonly codeName?: unknown;
  readonly cause?: unknown;
  /** Of a bulk: what it failed with. */
  readonly errorResponse?: unknown;
  readonly writeErrors?: unknown;
  hasErrorLabel?(label: string): boolean;
}

const DUPLICATE_KEY = 11_000;
const AUTHENTICATION_FAILED = 18;
/** Wrong user or password, no permission, wrong user or password in Atlas's words. */
const ACCESS = new Set([11, AUTHENTICATION_FAILED, 13, 31, 33, 8_000]);
const OUT_OF_DISK = 14_031;
const THROTTLED = new Set([462, 16_500]);
/** The server steps down, shuts down, was cut off, ran out of time, or could not replicate in time; or others wrote. */
const PASSING = new Set([
  6,
  7,
  24,
  50,
  64,
  89,
  91,
  100,
  112,
  134,
  175,
  189,
  202,
  262,
  9_001,
  10_107,
  11_600,
  11_601,
  11_602,
  13_388,
  13_435,
  13_436,
  DUPLICATE_KEY,
]);
const TOO_LARGE = new Set([10_334, 17_280, 17_419, 17_420]);
const INVALID_NAME = 73;

const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
const NO_TLS = /^(?:ERR_SSL_|EPROTO)/;
/** Faults of the driver itself that say that nobody can be reached, or not in time. */
const UNREACHED =
  /^Mongo(?:Network|ServerSelection|ServerClosed|PoolCleared|PoolClosed|WaitQueue|Topology|NotConnected|ClientClosed|OperationTimeout|ExpiredSession|UnexpectedServerResponse)/;

/** Whether the server refused a write because a document with this key, or this `_id`, exists. */
export function isDuplicate(error: unknown): boolean {
  return isFault(error) && error.code === DUPLICATE_KEY;
}

/** Whether the server does not accept the user or the password. */
export function isRefusedLogin(error: unknown): boolean {
  return causes(error).some(({ code }) => code === AUTHENTICATION_FAILED || code === 8_000);
}

/** Which writes of an unordered bulk failed by themselves; `undefined` when something else is wrong. */
export function failedWrites(error: unknown): readonly number[] | undefined {
  if (!isFault(error) || error.name !== 'MongoBulkWriteError') return undefined;
  const list = [error.writeErrors ?? []].flat() as readonly { readonly index?: unknown }[];
  const indexes = list.flatMap(({ index }) => (typeof index === 'number' ? [index] : []));
  return indexes.length > 0 ? indexes : undefined;
}

/**
 * Names a fault of MongoDB or of the way to it. Its own text stays out: it quotes keys, collections, and the addresses
 * of servers.
 */
export function mongoFault(error: unknown, call: string, database: string): StoreError {
  if (error instanceof StoreError) return error;
  const chain = causes(error);
  const where = `MongoDB ${call} in database "${database}"`;
  const network = chain.find(({ code }) => typeof code === 'string')?.code as string | undefined;
  if (network !== undefined && CERTIFICATE.test(network)) {
    const remedy = 'name its authority with ca=/path/to/ca.pem or ca=rds, and the host as the certificate does';
    return new StoreRejectedError(`the certificate of MongoDB is not trusted: ${network}; ${remedy}`);
  }
  if (network !== undefined && NO_TLS.test(network)) {
    return new StoreRejectedError(`MongoDB does not speak TLS: ${network}; check the port, or write mongodb:`);
  }
  const [{ code, codeName } = {}] = chain.filter((fault) => typeof fault.code === 'number');
  if (typeof code === 'number') {
    const name = typeof codeName === 'string' && /^\w{1,60}$/.test(codeName) ? `${codeName} (${code})` : String(code);
    return serverFault(`${where} failed: ${name}`, code, isPassing(chain));
  }
  const name = chain.find((fault) => fault.name !== 'MongoBulkWriteError')?.name ?? typeof error;
  const message = `${where} failed: ${name}${network === undefined ? '' : ` (${network})`}`;
  if (name === 'MongoCompatibilityError' || chain.some((fault) => fault.name === 'MongoCompatibilityError')) {
    return new StoreRejectedError(`${message}. MongoDB 4.4, DocumentDB 5.0 or later is needed`);
  }
  if (network !== undefined || UNREACHED.test(name) || isPassing(chain)) return new StoreUnavailableError(message);
  return new StoreRejectedError(message);
}

function serverFault(message: string, code: number, passing: boolean): StoreError {
  if (ACCESS.has(code)) {
    const remedy = 'check the user, its password and its role: readWrite on the database';
    return new StoreAccessError(`${message}; ${remedy}`);
  }
  if (THROTTLED.has(code)) return new StoreThrottledError(message);
  if (code === OUT_OF_DISK) return new StoreRejectedError(`${message}: its disk is full`);
  if (TOO_LARGE.has(code)) return new StoreRejectedError(`${message}: larger than the server takes`);
  if (code === INVALID_NAME) return new StoreRejectedError(`${message}: the server does not take this collection name`);
  return passing || PASSING.has(code) ? new StoreUnavailableError(message) : new StoreRejectedError(message);
}

/** What servers and driver say of themselves. */
function isPassing(chain: readonly MongoFault[]): boolean {
  const labels = ['RetryableWriteError', 'TransientTransactionError', 'RetryableError', 'SystemOverloadedError'];
  return chain.some((fault) => labels.some((label) => fault.hasErrorLabel?.(label) ?? false));
}

/** The fault and what it came from, outermost first. */
function causes(error: unknown): readonly MongoFault[] {
  const chain: MongoFault[] = [];
  let next = error;
  while (isFault(next) && chain.length < 8) {
    chain.push(next);
    next = next.cause ?? next.errorResponse;
  }
  return chain;
}

/** By shape: faults of the network are made by Node itself, which need not share our `Error`. */
function isFault(error: unknown): error is MongoFault {
  return typeof error === 'object' && error !== null && 'name' in error;
}

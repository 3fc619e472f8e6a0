import { StoreRejectedError, StoreThrottledError, StoreUnavailableError } from '../errors.ts';

/** The connection ended before the answer came. On a new one the same call may succeed; this one may have been applied. */
export class ConnectionLostError extends StoreUnavailableError {
  /** Whether it had served others before and nothing since the call was sent: as a rule it had ended before the call. */
  readonly wasIdle: boolean;

  constructor(wasIdle = false) {
    super('the memcached server closed the connection before it answered');
    this.wasIdle = wasIdle;
  }
}

/** No connection could be made: nothing was sent. */
export class ConnectFailedError extends StoreUnavailableError {
  constructor(code: string) {
    super(`no connection to the memcached server (${code})`);
  }
}

/** Codes of Node for a certificate that does not prove what it should. */
const CERTIFICATE =
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|CERT_[A-Z_]+|[A-Z_]*SELF_SIGNED_CERT[A-Z_]*|UNABLE_TO_[A-Z_]*(?:CERT|ISSUER|SIGNATURE)[A-Z_]*|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)$/;

/** A connection that could not be made, as a `StoreError`. */
export function connectFault(error: unknown): Error {
  const code = codeOf(error);
  if (CERTIFICATE.test(code)) {
    return new StoreRejectedError(
      `the certificate of the memcached server is not trusted (${code}); name its authority with ca=/path/to/ca.pem`,
    );
  }
  return new ConnectFailedError(code);
}

/** A line that refuses a command, as a `StoreError`. The text of the server is not repeated beyond its kind. */
export function refusal(line: string): Error {
  if (line.includes('out of memory')) {
    return new StoreRejectedError(
      'the memory of the memcached server is full and it evicts nothing; give it more memory, or let it evict (no -M)',
    );
  }
  if (/unauthenticated|authentication/.test(line)) {
    return new StoreRejectedError('the memcached server wants a password; this store has none to give it');
  }
  if (/too many|busy|overload/i.test(line)) {
    return new StoreThrottledError('the memcached server takes no more connections or commands at present');
  }
  if (line.startsWith('SERVER_ERROR')) return new StoreUnavailableError('the memcached server answered SERVER_ERROR');
  const kind = /^[A-Z_]{1,20}/.exec(line)?.[0] ?? 'something unknown';
  return new StoreRejectedError(`the memcached server refused the command (${kind})`);
}

/** The code of a fault of Node, as `ECONNREFUSED`. */
function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code) ? code : 'unknown fault';
}

import {
  CorruptEntryError,
  StoreAccessError,
  StoreError,
  StoreRejectedError,
  StoreThrottledError,
  StoreUnavailableError,
} from '../errors.ts';

/** What the server answered instead of a result. Its text may quote keys, so it goes nowhere. */
export class ReplyFault extends Error {}

/** The way to the server failed. */
export class ConnectionFault extends Error {
  /** What Node calls it, `ECONNREFUSED`, or what happened in a few words. */
  readonly reason: string;
  /** Whether the server may have run the command. */
  readonly sent: boolean;

  constructor(reason: string, sent: boolean) {
    super(reason);
    this.reason = reason;
    this.sent = sent;
  }
}

/** What a fault is to the caller and to the connection. */
export interface Verdict {
  readonly error: StoreError;
  /** Whether the same command may be sent again, and when. */
  readonly repeat: 'never' | 'after-a-pause' | 'with-new-credentials';
  /** Whether the connection is of no use any more. */
  readonly reconnect: boolean;
  /** Whether the server may have run the command. */
  readonly maybeApplied: boolean;
}

const CERTIFICATE = /^(?:CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA)/;
const NO_TLS = /^(?:ERR_SSL_|EPROTO)/;

/** Words with which servers refuse for a while: they load, elect or move something. */
const PASSING = /\b(?:LOADING|CLUSTERDOWN|TRYAGAIN|MASTERDOWN|BUSY|NOREPLICAS|READONLY|UNBLOCKED)\b/;

/** Judges whatever a command or a connection failed with. */
export function judge(fault: unknown, where: string): Verdict {
  if (fault instanceof StoreError) return never(fault);
  if (fault instanceof ReplyFault) return judgeReply(fault.message, where);
  if (fault instanceof ConnectionFault) return judgeConnection(fault, where);
  // The client library fails with something of its own. Only its class is told: texts may quote what was sent.
  const name = fault instanceof Error ? fault.constructor.name : typeof fault;
  return again(`${where} failed: ${name}`, { reconnect: true, maybeApplied: true });
}

function judgeReply(text: string, where: string): Verdict {
  const code = /^[A-Z]+/.exec(text)?.[0] ?? 'ERR';
  // Old servers put the word of a script's fault into an `ERR`. Elsewhere the text may quote keys, which may be such words.
  const words = code === 'ERR' ? text : code;
  const refused = `${where} refused: `;
  if (/\bWRONGPASS\b|invalid password/i.test(words)) {
    const error = new StoreAccessError(`${refused}the user or its password is not accepted (WRONGPASS)`);
    return { ...never(error, true), repeat: 'with-new-credentials' };
  }
  if (/\bNOAUTH\b/.test(words)) {
    return never(
      new StoreAccessError(`${refused}it wants a user: add secret=ARN or auth=iam to the URL (NOAUTH)`),
      true,
    );
  }
  if (/\bNOPERM\b|user executing the script/.test(words)) {
    return never(new StoreAccessError(`${refused}the user may not run the command, or not on this key (NOPERM)`));
  }
  if (/AUTH.*without any password|no password is set/i.test(text)) {
    return never(new StoreAccessError(`${refused}it knows no passwords: leave secret and auth out of the URL`), true);
  }
  if (/\bOOM\b/.test(words)) {
    return never(new StoreRejectedError(`${refused}it is full (OOM): raise maxmemory, or let it evict what is old`));
  }
  if (code === 'MOVED' || code === 'ASK') {
    return never(new StoreRejectedError(`${where} is one node of a cluster (${code}): add cluster=true to the URL`));
  }
  if (code === 'CROSSSLOT') return never(new StoreRejectedError(`${where} is a cluster: add cluster=true to the URL`));
  if (/cluster support disabled/i.test(text)) {
    return never(new StoreRejectedError(`${where} is no cluster: leave cluster=true out of the URL`), true);
  }
  if (code === 'WRONGTYPE') return never(new CorruptEntryError('not a string of Redis'));
  if (/max number of clients/i.test(text)) {
    const error = new StoreThrottledError(`${refused}it has as many connections as it takes`);
    return { error, repeat: 'after-a-pause', reconnect: true, maybeApplied: false };
  }
  if (PASSING.test(words)) {
    const word = PASSING.exec(words)?.[0] ?? code;
    // A node that has become a replica stays one: the connection must lead to the new primary.
    return again(`${refused}${word}`, { reconnect: /READONLY|MASTERDOWN|CLUSTERDOWN/.test(word), maybeApplied: false });
  }
  if (/unknown command/i.test(text)) {
    return never(new StoreRejectedError(`${refused}a command is unknown to it: Redis 6.2 or any Valkey is needed`));
  }
  if (code === 'MISCONF') return never(new StoreUnavailableError(`${refused}it cannot write to its disk (MISCONF)`));
  return never(new StoreRejectedError(`${refused}${code}`));
}

function judgeConnection({ reason, sent }: ConnectionFault, where: string): Verdict {
  if (CERTIFICATE.test(reason)) {
    const remedy = 'name its authority with ca=/path/to/ca.pem, and the host as the certificate does';
    return never(new StoreRejectedError(`the certificate of ${where} is not trusted: ${reason}; ${remedy}`), true);
  }
  if (NO_TLS.test(reason)) {
    const remedy = 'check the port, or write redis: or valkey:';
    return never(new StoreRejectedError(`${where} does not speak TLS: ${reason}; ${remedy}`), true);
  }
  return again(`${where} cannot be reached: ${reason}`, { reconnect: true, maybeApplied: sent });
}

function never(error: StoreError, reconnect = false): Verdict {
  return { error, repeat: 'never', reconnect, maybeApplied: false };
}

function again(message: string, rest: Pick<Verdict, 'reconnect' | 'maybeApplied'>): Verdict {
  return { error: new StoreUnavailableError(message), repeat: 'after-a-pause', ...rest };
}

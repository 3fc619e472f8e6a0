/**
 * Answers to lists, kept in process.
 *
 * The SDK converts every schema of a server for each `tools/list`: 3 ms of CPU for 50 tools, although the answer of one
 * deployed version never changes. The memo keeps the SDK's own answer and puts the caller's id into it.
 */

/** What is read of a request: parsed once by the host. */
export interface MemoRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body, parsed. */
  readonly message: unknown;
}

/** A list that may be answered from memory. */
export interface MemoCandidate {
  readonly method: ListMethod;
  readonly id: string | number;
  readonly key: string;
}

/** A stored answer, without the id. */
interface MemoEntry {
  readonly headers: Readonly<Record<string, string>>;
  readonly head: Buffer;
  readonly tail: Buffer;
}

export interface MemoReply {
  readonly status: 200;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const LIST_METHODS = [
  'tools/list',
  'prompts/list',
  'resources/list',
  'resources/templates/list',
  'server/discover',
] as const;
export type ListMethod = (typeof LIST_METHODS)[number];

/** Headers that the SDK reads for these methods. */
const KEY_HEADERS = ['mcp-protocol-version', 'mcp-method', 'accept', 'content-type'] as const;

const MAX_ENTRIES = 64;
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_KEY_LENGTH = 4096;

const CLIENT_INFO = 'io.modelcontextprotocol/clientInfo';
const TRACE_NAMES: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'baggage']);

/** The list that a request asks for; undefined when it asks for something else, or in a form that only the SDK judges. */
export function memoCandidate({ headers, message }: MemoRequest): MemoCandidate | undefined {
  if (!isObject(message) || message.jsonrpc !== '2.0') return undefined;
  const { method, id, params } = message;
  if (!isListMethod(method) || !(typeof id === 'string' || Number.isSafeInteger(id))) return undefined;
  for (const name of Object.keys(message)) if (!MESSAGE_NAMES.has(name)) return undefined;
  let keyed: unknown = null;
  if ('params' in message) {
    if (!isObject(params)) return undefined;
    const { _meta, ...rest } = params;
    if ('_meta' in params && !isObject(_meta)) return undefined;
    keyed = [rest, isObject(_meta) ? Object.entries(_meta).filter(([name, value]) => !irrelevant(name, value)) : null];
  }
  const key = jsonOf([method, KEY_HEADERS.map((name) => headers[name] ?? null), keyed]);
  return key === undefined || key.length > MAX_KEY_LENGTH ? undefined : { method, id: id as string | number, key };
}

/** Undefined for what is nested so deeply that it was read but cannot be written: V8 parses without recursion. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

const MESSAGE_NAMES: ReadonlySet<string> = new Set(['jsonrpc', 'id', 'method', 'params']);

/** Differs from call to call, or from client to client, and changes nothing in a list as long as it is well-formed. */
function irrelevant(name: string, value: unknown): boolean {
  if (name === 'progressToken') return typeof value === 'string' || Number.isSafeInteger(value);
  if (TRACE_NAMES.has(name)) return typeof value === 'string';
  if (name !== CLIENT_INFO || !isObject(value)) return false;
  const { name: client, version, ...rest } = value;
  return (
    typeof client === 'string' &&
    typeof version === 'string' &&
    Object.entries(rest).every(
      ([field, text]) => (field === 'title' || field === 'description') && typeof text === 'string',
    )
  );
}

export class ListMemo {
  readonly #entries = new Map<string, MemoEntry>();
  #bytes = 0;
  #generation = 0;

  /** Changes with every invalidation: an answer that was begun before one must not be stored after it. */
  get generation(): number {
    return this.#generation;
  }

  /** The stored answer with this request's id; undefined on a miss. */
  answer(candidate: MemoCandidate): MemoReply | undefined {
    const entry = this.#entries.get(candidate.key);
    if (!entry) return undefined;
    this.#entries.delete(candidate.key); // the most recently used come last
    this.#entries.set(candidate.key, entry);
    const id = Buffer.from(JSON.stringify(candidate.id));
    return { status: 200, headers: entry.headers, body: Buffer.concat([entry.head, id, entry.tail]) };
  }

  /**
   * Stores the SDK's answer when it is a complete success.
   *
   * @param generation as it was before the SDK was asked
   * @param body the whole body
   */
  store(candidate: MemoCandidate, generation: number, headers: Readonly<Record<string, string>>, body: string): void {
    if (generation !== this.#generation) return;
    const contentType = headers['content-type'] ?? '';
    const isEvent = contentType === 'text/event-stream';
    if (!isEvent && contentType !== 'application/json') return;
    const text = isEvent ? onlyEvent(body) : body;
    const result = text === undefined ? undefined : completeResult(text, candidate.id);
    if (result === undefined) return;
    const [before, after] = isEvent ? ['event: message\ndata: ', '\n\n'] : ['', ''];
    const entry: MemoEntry = {
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length')),
      head: Buffer.from(`${before}{"jsonrpc":"2.0","id":`),
      tail: Buffer.from(`,"result":${JSON.stringify(result)}}${after}`),
    };
    const size = sizeOf(candidate.key, entry);
    if (size > MAX_BYTES / 4) return;
    this.#remove(candidate.key);
    this.#entries.set(candidate.key, entry);
    this.#bytes += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES && this.#bytes <= MAX_BYTES) break;
      this.#remove(oldest);
    }
  }

  /** Forgets every list: a change of one kind also changes what `server/discover` may say. */
  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
    this.#bytes = 0;
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= sizeOf(key, entry);
  }
}

function sizeOf(key: string, entry: MemoEntry): number {
  return key.length * 2 + entry.head.length + entry.tail.length;
}

/** The data of a stream that holds one message and nothing else. */
function onlyEvent(body: string): string | undefined {
  return /^event: message\ndata: ([^\n]*)\n\n$/.exec(body)?.[1];
}

/** The result of an answer that is complete: no error, no question to the client, nothing unknown beside it. */
function completeResult(text: string, id: string | number): Record<string, unknown> | undefined {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(message) || message.id !== id || message.jsonrpc !== '2.0' || Object.keys(message).length !== 3)
    return undefined;
  const { result } = message;
  if (!isObject(result)) return undefined;
  return result.resultType === undefined || result.resultType === 'complete' ? result : undefined;
}

function isListMethod(method: unknown): method is ListMethod {
  return (LIST_METHODS as readonly unknown[]).includes(method);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

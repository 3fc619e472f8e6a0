/** A block of data that the server announced by a line, as `VALUE key flags bytes cas`. */
export interface Block {
  /** The words of the line. */
  readonly words: readonly string[];
  readonly text: string;
}

/** What answers one command: its last line, and the blocks of data before it. */
export interface Reply {
  readonly line: string;
  readonly blocks: readonly Block[];
}

/** No line of the server is longer: a key of 250 bytes and a few numbers. */
const MAX_LINE = 2048;
const CRLF = Buffer.from('\r\n');

/** Cuts what a memcached server sends into replies. Data may arrive in pieces of any size. */
export class ReplyReader {
  readonly #onReply: (reply: Reply) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  /** Bytes that must have come before it is worth looking again. */
  #needed = 0;
  /** The block under way. */
  #header: { readonly words: readonly string[]; readonly bytes: number } | undefined;
  #blocks: Block[] = [];

  constructor(onReply: (reply: Reply) => void) {
    this.#onReply = onReply;
  }

  /** @throws {ProtocolError} when it is not memcached that speaks */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#needed) return;
    const data = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    const rest = data.subarray(this.#consume(data));
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
  }

  /** @returns how many bytes were used */
  #consume(data: Buffer): number {
    let at = 0;
    for (;;) {
      this.#needed = 0;
      if (this.#header) {
        const end = at + this.#header.bytes;
        if (data.length < end + 2) {
          this.#needed = end + 2 - at;
          return at;
        }
        if (data[end] !== 13 || data[end + 1] !== 10) throw new ProtocolError();
        this.#blocks.push({ words: this.#header.words, text: data.toString('utf8', at, end) });
        this.#header = undefined;
        at = end + 2;
        continue;
      }
      const end = data.indexOf(CRLF, at);
      if (end === -1) {
        if (data.length - at > MAX_LINE) throw new ProtocolError();
        return at;
      }
      const line = data.toString('utf8', at, end);
      at = end + 2;
      if (line.startsWith('VALUE ') || line.startsWith('CONFIG ')) {
        const words = line.split(' ');
        const bytes = Number(words[3]);
        if (!Number.isSafeInteger(bytes) || bytes < 0) throw new ProtocolError();
        this.#header = { words, bytes };
      } else {
        const blocks = this.#blocks;
        this.#blocks = [];
        this.#onReply({ line, blocks });
      }
    }
  }
}

/** What came is not the text protocol of memcached. */
export class ProtocolError extends Error {
  constructor() {
    super('not the text protocol of memcached');
    this.name = 'ProtocolError';
  }
}

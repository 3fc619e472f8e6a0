/** Bounds of one download. */
export interface FetchJsonLimits {
  /** Milliseconds for the whole of it: connecting, headers and body. */
  readonly timeoutMs: number;
  /** Largest body, in bytes. */
  readonly maxBytes: number;
}

/** A document could not be had. The message holds the address and what went wrong, nothing of the document. */
export class FetchJsonError extends Error {
  /** Status of the answer; absent when there was none. */
  readonly status: number | undefined;
  constructor(url: URL, problem: string, status?: number) {
    super(`${url.origin}${url.pathname}: ${problem}`);
    this.name = 'FetchJsonError';
    this.status = status;
  }
}

/**
 * Downloads a JSON document. Not with `fetch`, whose first use in a process costs 20 to 40 ms. Follows no redirect and
 * accepts no compression: an issuer's documents are small and live where its metadata says.
 *
 * @throws {FetchJsonError} when there is no such document within the limits
 */
export async function fetchJson(url: URL, limits: FetchJsonLimits): Promise<unknown> {
  // Not by import: an ES module import of node:http reads all its exports, WebSocket among them, and so loads undici.
  const { request } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http');
  const text = await new Promise<string>((resolve, reject) => {
    const fail = (problem: string, status?: number): void => {
      clearTimeout(timer);
      reject(new FetchJsonError(url, problem, status));
      outgoing.destroy();
    };
    const timer = setTimeout(() => {
      fail(`no answer within ${limits.timeoutMs} ms`);
    }, limits.timeoutMs);
    // A connection of its own: one kept alive would be half dead after a Lambda instance was frozen.
    const outgoing = request(
      url,
      { agent: false, headers: { accept: 'application/json', 'accept-encoding': 'identity' } },
      (response) => {
        const status = response.statusCode ?? 0;
        const encoding = response.headers['content-encoding'] ?? 'identity';
        if (status !== 200) {
          fail(`status ${status}`, status);
          return;
        }
        if (encoding !== 'identity') {
          fail('a compressed answer', status);
          return;
        }
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > limits.maxBytes) fail(`more than ${limits.maxBytes} bytes`, status);
          else chunks.push(chunk);
        });
        response.on('end', () => {
          clearTimeout(timer);
          resolve(Buffer.concat(chunks).toString('utf8'));
        });
        response.on('error', () => {
          fail('the answer broke off', status);
        });
        response.on('aborted', () => {
          fail('the answer broke off', status);
        });
      },
    );
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code ?? 'connection failed');
    });
    outgoing.end();
  });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new FetchJsonError(url, 'not JSON', 200); // the parser's own message would quote the document
  }
}

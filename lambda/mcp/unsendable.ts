import type { McpServerFactory, McpServer } from '@modelcontextprotocol/server';

type Product = Awaited<ReturnType<McpServerFactory>>;

/**
 * Ends the call when its result cannot be sent, because it holds a BigInt or itself: the SDK would let the client wait for
 * ever, and tell nobody.
 */
export function onUnsendable<P extends Product>(product: P, told: () => void): P {
  const server: Pick<McpServer['server'], 'onerror' | 'close'> = 'server' in product ? product.server : product;
  const theirs = server.onerror;
  server.onerror = (error) => {
    theirs?.(error);
    // Of the two eras, one wraps the error of JSON.stringify. A stream that the client has left has errors with a code.
    const wrapped = error.message.startsWith('Failed to send response');
    if (!wrapped && (error.name !== 'TypeError' || 'code' in error)) return;
    told();
    server.close().catch(() => undefined);
  };
  return product;
}

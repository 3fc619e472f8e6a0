import type { ServedServer } from './serve.ts';

/**
 * Checks what a server file exports: nobody checks the types of JavaScript.
 *
 * @throws {TypeError} when it is not what `serve()` returns
 */
export function assertServed(served: unknown): asserts served is ServedServer {
  if (typeof (served as Partial<ServedServer> | undefined)?.factory === 'function') return;
  throw new TypeError(
    'The server file has no default export made by serve(): export default serve((ctx) => new McpServer({ … }))',
  );
}

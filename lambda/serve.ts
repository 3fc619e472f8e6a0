import type { AuthInfo, McpServer, Server } from '@modelcontextprotocol/server';

import type { KeyValueStore } from './store/key-value-store.ts';

/** What a server author's factory is given, once per request. */
export interface ServeContext {
  /** `modern` for revision 2026-07-28, `legacy` for the ones before. */
  readonly era: 'legacy' | 'modern';
  /** The verified caller. A factory that reads it gives each caller lists of their own: see `ServeOptions.lists`. */
  readonly authInfo?: AuthInfo;
  /** The server's store. Collections are prefixed with the server's name. */
  readonly store: KeyValueStore;
}

/** Builds an MCP server. Called for each request: keep what is costly outside. */
export type ServeFactory = (ctx: ServeContext) => McpServer | Server | Promise<McpServer | Server>;

/** Options of `serve()`. Placeholder-free: the runtime room completes this file. */
export interface ServeOptions {
  readonly lists?: 'static' | 'dynamic';
}

/** What a server file exports by default. */
export interface ServedServer {
  readonly factory: ServeFactory;
  readonly options: ServeOptions;
}

export function serve(factory: ServeFactory, options: ServeOptions = {}): ServedServer {
  return { factory, options };
}

import { type McpServer, ResourceTemplate } from '@modelcontextprotocol/server';

import { RED_PIXEL_PNG } from './media.ts';

export function registerResources(mcp: McpServer): void {
  mcp.registerResource('static-text', 'test://static-text', { description: 'Text', mimeType: 'text/plain' }, (uri) => ({
    contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  }));
  mcp.registerResource(
    'static-binary',
    'test://static-binary',
    { description: 'Bytes', mimeType: 'image/png' },
    (uri) => ({
      contents: [{ uri: uri.href, mimeType: 'image/png', blob: RED_PIXEL_PNG }],
    }),
  );
  mcp.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    { description: 'Data of an id', mimeType: 'application/json' },
    (uri, { id }) => ({
      contents: [
        {
          uri: uri.href,
          mimeType: 'application/json',
          text: JSON.stringify({ id, templateTest: true, data: `Data for ID: ${String(id)}` }),
        },
      ],
    }),
  );
  mcp.registerResource(
    'watched',
    'test://watched-resource',
    { description: 'Can be watched', mimeType: 'text/plain' },
    (uri) => ({
      contents: [{ uri: uri.href, mimeType: 'text/plain', text: 'Watched resource content' }],
    }),
  );
}

/** Subscriptions of 2025-11-25: acknowledged, and forgotten with the request, since no session keeps them. */
export function acceptSubscriptions(mcp: McpServer): void {
  mcp.server.setRequestHandler('resources/subscribe', () => ({}));
  mcp.server.setRequestHandler('resources/unsubscribe', () => ({}));
}

import { McpServer } from '@modelcontextprotocol/server';

import type { ListMethod } from './list-memo.ts';

/** Tells, once an answer is there, whether it came from registrations alone. */
export type StaticListProbe = () => boolean;

/** Where an `McpServer` keeps what the list is made of. Its own handlers read these; handlers set by hand do not. */
const REGISTRY: Readonly<Record<Exclude<ListMethod, 'server/discover'>, string>> = {
  'tools/list': '_registeredTools',
  'prompts/list': '_registeredPrompts',
  'resources/list': '_registeredResources',
  'resources/templates/list': '_registeredResourceTemplates',
};

/**
 * Watches one server answer one list. The list is static when the server's own handler made it from what is registered: a
 * handler set with `setRequestHandler`, or a template with a `list` callback, may answer differently each time.
 *
 * Looks at fields that are private to the SDK. When a release renames them the probe says no, and lists are computed.
 */
export function watchList(product: unknown, method: ListMethod): StaticListProbe {
  if (!(product instanceof McpServer)) return () => false;
  if (method === 'server/discover') return () => true; // the entry installs the handler itself
  if (method === 'resources/list' && hasListCallback(product)) return () => false;
  return watchRead(product, REGISTRY[method]);
}

function watchRead(product: McpServer, field: string): StaticListProbe {
  let registry: unknown = Reflect.get(product, field);
  if (typeof registry !== 'object' || registry === null) return () => false;
  let read = false;
  Object.defineProperty(product, field, {
    configurable: true,
    enumerable: true,
    get: () => {
      read = true;
      return registry;
    },
    set: (value: unknown) => {
      registry = value;
    },
  });
  return () => read;
}

function hasListCallback(product: McpServer): boolean {
  const templates: unknown = Reflect.get(product, REGISTRY['resources/templates/list']);
  if (typeof templates !== 'object' || templates === null) return true;
  return Object.values(templates as Record<string, { resourceTemplate?: { listCallback?: unknown } }>).some(
    (template) => template.resourceTemplate === undefined || template.resourceTemplate.listCallback !== undefined,
  );
}

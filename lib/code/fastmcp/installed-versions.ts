import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { normalized } from './requirements.ts';

/** Versions of the packages in a folder, by name, in the order of the alphabet. */
export function installedVersions(folder: string): Map<string, string> {
  const versions = new Map<string, string>();
  for (const [name, header] of metadataOf(folder)) {
    const version = /^Version:\s*(\S+)/im.exec(header)?.[1];
    if (version !== undefined) versions.set(name, version);
  }
  return versions;
}

/** What the packages in a folder say of themselves, without their descriptions, by name in the order of the alphabet. */
export function metadataOf(folder: string): Map<string, string> {
  const headers = new Map<string, string>();
  for (const entry of readdirSync(folder).sort()) {
    if (!entry.endsWith('.dist-info')) continue;
    const [header = ''] = readFileSync(join(folder, entry, 'METADATA'), 'utf8').split(/\r?\n\r?\n/);
    const name = /^Name:\s*(\S+)/im.exec(header)?.[1];
    if (name !== undefined) headers.set(normalized(name), header.replaceAll('\r', ''));
  }
  return headers;
}

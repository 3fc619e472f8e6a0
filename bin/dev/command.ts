import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { SERVER_NAME_PATTERN, writeWiring } from '../../lambda/wiring.ts';
import { bundle, type Bundle } from '../../lib/code/bundle.ts';
import { checkEntry } from '../../lib/code/entry.ts';
import { RuntimeHost, RuntimePart } from '../../lib/code/runtime-part.ts';
import { writeBundle } from '../../lib/code/write-bundle.ts';
import { UsageError } from '../usage-error.ts';
import { DEV_HELP, type DevFlags, readDevFlags } from './flags.ts';

/**
 * `mcp-kit dev`: serves a server file on this machine, bundled as for a deployment, without AWS. Returns when the server
 * listens; the process ends with it.
 *
 * @throws {UsageError} on bad input
 */
export async function dev(args: readonly string[], stdout: NodeJS.WritableStream): Promise<number> {
  const flags = readDevFlags(args);
  if (flags.help) {
    stdout.write(DEV_HELP);
    return 0;
  }
  const folder = resolve('.mcp-kit', flags.name);
  const main = writeCode(flags, join(folder, 'code'));
  Object.assign(process.env, environmentOf(flags, join(folder, 'data')));
  stdout.write(
    `Serving ${flags.entry} on http://127.0.0.1:${flags.port}/mcp, for anybody on this machine; ` +
      `storing in ${flags.memory ? 'memory' : join(folder, 'data')}. Ctrl-C ends it.\n`,
  );
  await import(pathToFileURL(main).href); // starts the Node host, which handles signals and reports a port in use
  return Number(process.exitCode ?? 0);
}

function writeCode({ entry, memory }: DevFlags, folder: string): string {
  let made: Bundle;
  try {
    const parts = [memory ? RuntimePart.MEMORY_STORE : RuntimePart.DISK_STORE];
    made = bundle({ entry: checkEntry(entry), host: RuntimeHost.NODE, parts, settings: {} });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  rmSync(folder, { recursive: true, force: true });
  return writeBundle(made, folder);
}

function environmentOf({ name, port, memory }: DevFlags, data: string): Record<string, string> {
  if (!SERVER_NAME_PATTERN.test(name)) {
    throw new UsageError(`--name must be letters, digits, ".", "-" or single "_", got ${JSON.stringify(name)}`);
  }
  if (!memory) mkdirSync(data, { recursive: true });
  return {
    ...writeWiring({
      serverName: name,
      storeUrl: memory ? 'memory:' : pathToFileURL(data).href,
      auth: { mode: 'none' },
    }),
    HOST: '127.0.0.1',
    PORT: `${port}`,
  };
}

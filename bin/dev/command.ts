import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { exposureWarning } from '../../lambda/host/exposure.ts';
import { nodeAddress } from '../../lambda/host/node-address.ts';
import { writeWiring } from '../../lambda/wiring.ts';
import { bundle, type Bundle } from '../../lib/code/bundle.ts';
import { checkEntry } from '../../lib/code/entry.ts';
import { RuntimeHost } from '../../lib/code/runtime-part.ts';
import { writeBundle } from '../../lib/code/write-bundle.ts';
import { UsageError } from '../usage-error.ts';
import { DEV_HELP, type DevFlags, readDevFlags } from './flags.ts';
import { checkPort } from './port.ts';
import { checkStore, devStore, type DevStore } from './store.ts';

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
  const store = devStore(flags, join(folder, 'data'));
  await checkStore(store);
  if (!existsSync(flags.entry)) {
    throw new UsageError(
      `the server file ${JSON.stringify(flags.entry)} does not exist: no file ${resolve(flags.entry)}`,
    );
  }
  await checkPort(flags);
  const main = writeCode(flags.entry, store, join(folder, 'code'));
  Object.assign(process.env, environmentOf(flags, store));
  await import(pathToFileURL(main).href); // starts the Node host, which handles signals, and tells what prevents its start
  const failed = Number(process.exitCode ?? 0);
  if (failed === 0) {
    const { urlHost, port } = nodeAddress({}, flags);
    const exposed = exposureWarning('none', flags.host) !== undefined;
    stdout.write(
      `Serving ${flags.entry} on http://${urlHost}:${port}/mcp, ` +
        `for ${exposed ? `whoever reaches ${flags.host}` : 'anybody on this machine'}; ` +
        `storing in ${store.shown}. Ctrl-C ends it.\n`,
    );
  }
  return failed;
}

function writeCode(entry: string, { part }: DevStore, folder: string): string {
  let made: Bundle;
  try {
    made = bundle({ entry: checkEntry(entry), host: RuntimeHost.NODE, parts: [part], settings: {} });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  rmSync(folder, { recursive: true, force: true });
  return writeBundle(made, folder);
}

function environmentOf({ name, host, port }: DevFlags, { url, folder }: DevStore): Record<string, string> {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  return {
    ...writeWiring({ serverName: name, storeUrl: url, auth: { mode: 'none' } }),
    HOST: host,
    PORT: `${port}`,
  };
}

import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

import { writeWiring } from '../../lambda/wiring.ts';
import { bundle } from '../../lib/code/bundle.ts';
import { RuntimeHost, RuntimePart } from '../../lib/code/runtime-part.ts';
import { writeBundle } from '../../lib/code/write-bundle.ts';
import { ROOT } from './paths.ts';
import { killGroup } from './run.ts';

/** The weather example on this machine's own HTTP host. */
export interface LaptopServer {
  readonly mcpUrl: string;
  /** Where its entries are: they survive a restart. */
  readonly folder: string;
  /** Settles when the server ends by itself. */
  readonly ended: Promise<number>;
  stop(): Promise<void>;
}

/**
 * Serves the weather example without any cloud: the same source, bundled as for a container, storing on disk.
 *
 * @param port the wish; 0: any
 */
export async function startLaptopServer(port: number, tries = 100): Promise<LaptopServer> {
  const home = join(ROOT, '.cache', 'laptop');
  const code = join(home, 'code');
  const folder = join(home, 'data');
  rmSync(code, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const made = bundle({
    entry: join(ROOT, 'examples', 'weather', 'server.ts'),
    host: RuntimeHost.NODE,
    parts: [RuntimePart.DISK_STORE],
    settings: {},
  });
  const main = writeBundle(made, code);

  const environment = writeWiring({
    serverName: 'weather',
    storeUrl: pathToFileURL(folder).href,
    auth: { mode: 'none' },
  });
  for (let wish = port; ; wish++) {
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, ...environment, HOST: '127.0.0.1', PORT: String(wish) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
    });
    const kill = (): void => {
      killGroup(child.pid, 'SIGKILL');
    };
    process.once('exit', kill);
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk));
    const ended = new Promise<number>((resolve) =>
      child.once('close', (code) => {
        process.off('exit', kill);
        resolve(code ?? 1);
      }),
    );
    const mcpUrl = await Promise.race([
      new Promise<string>((resolve) => {
        createInterface({ input: child.stdout }).on('line', (line) => {
          const url = /"url":"([^"]+)"/.exec(line)?.[1];
          if (url !== undefined) resolve(url);
        });
      }),
      ended.then(() => undefined),
    ]);
    if (mcpUrl !== undefined) {
      const stop = async (): Promise<void> => {
        killGroup(child.pid, 'SIGTERM');
        await ended;
      };
      return { mcpUrl, folder, ended, stop };
    }
    if (!complaint.includes('in use') || wish === 0 || wish >= port + tries) throw new Error(complaint.trim());
  }
}

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Certificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { mavenClassPath } from './maven.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** A server in Java that speaks MongoDB's protocol and keeps its data in a file: no mongod is to be had everywhere. */
export interface MongoProgram {
  readonly classPath: string;
}

export interface MongoServer extends ServerProcess {
  readonly url: string;
}

export async function installMongo(say: (line: string) => void): Promise<MongoProgram> {
  return { classPath: await mavenClassPath(['de.bwaldvogel:mongo-java-server-h2-backend:1.47.0'], say) };
}

/** Starts a server with a folder of its own; with certificates it speaks TLS only. */
export async function startMongo({ classPath }: MongoProgram, certificates?: Certificates): Promise<MongoServer> {
  const directory = mkdtempSync(join(tmpdir(), 'mongodb-'));
  const port = await freePort();
  const tls = certificates ? [pkcs12(certificates, directory), 'test'] : [];
  const launcher = join(__dirname, 'MongoJavaServer.java');
  const server = await startServer({
    command: 'java',
    args: ['-XX:TieredStopAtLevel=1', '-cp', classPath, launcher, String(port), join(directory, 'data.mv'), ...tls],
    port,
  });
  return {
    ...server,
    url: `${certificates ? 'mongodb+tls' : 'mongodb'}://127.0.0.1:${port}`,
    stop: async () => {
      await server.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Java reads keys from such a file. */
function pkcs12({ cert, key }: Certificates, directory: string): string {
  const file = join(directory, 'server.p12');
  const args = [
    'pkcs12',
    '-export',
    '-in',
    cert,
    '-inkey',
    key,
    '-out',
    file,
    '-passout',
    'pass:test',
    '-name',
    'server',
  ];
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return file;
}

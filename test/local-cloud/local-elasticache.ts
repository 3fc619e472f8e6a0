import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';

import { createClient } from '@redis/client';

import { type Certificates, makeCertificates } from '../support/servers/certificates.ts';
import type { InstalledProgram } from '../support/servers/debian.ts';
import { freePort, isFree } from '../support/servers/free-port.ts';
import { type ServerProcess, startServer } from '../support/servers/server-process.ts';
import { refuseToken } from './elasticache-token.ts';

/** ElastiCache Serverless has no other, so that constructs write it down. */
const PORT = 6379;

/**
 * ElastiCache Serverless on this machine: a real server in cluster mode, behind a door that speaks TLS and lets in whoever
 * shows a token of IAM. Users have the access strings that they were deployed with; the server enforces them.
 */
export class LocalElastiCache {
  /** Host and port of the door. */
  readonly endpoint: string;
  readonly certificates: Certificates;
  /** Why tokens were refused, if any were. */
  readonly refused: string[] = [];
  /** Tokens that were good. */
  readonly admitted: string[] = [];
  readonly #server: ServerProcess;
  readonly #door: Server;
  readonly #folder: string;
  readonly #passwords = new Map<string, string>();
  #cache = '';

  private constructor(address: string, certificates: Certificates, server: ServerProcess, folder: string) {
    this.endpoint = `${address}:${PORT}`;
    this.certificates = certificates;
    this.#server = server;
    this.#folder = folder;
    const identity = { cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) };
    this.#door = createServer(identity, (client) => {
      this.#enter(client);
    });
  }

  static async start(program: InstalledProgram): Promise<LocalElastiCache> {
    const [inside, bus] = [await freePort(), await freePort()];
    const address = await freeAddress();
    const folder = mkdtempSync(join(tmpdir(), 'elasticache-'));
    const server = await startServer({
      command: program.path,
      env: program.env,
      cwd: folder,
      port: inside,
      args: [
        ...['--bind', '127.0.0.1', '--port', `${inside}`, '--save', '', '--dir', folder],
        ...['--cluster-enabled', 'yes', '--cluster-port', `${bus}`, '--cluster-announce-ip', address],
        ...['--cluster-announce-port', `${PORT}`],
      ],
    });
    const cache = new LocalElastiCache(address, makeCertificates(address), server, folder);
    await cache.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
    while (!String(await cache.command('CLUSTER', 'INFO')).includes('cluster_state:ok')) await freePort();
    cache.#door.listen(PORT, address);
    await once(cache.#door, 'listening');
    return cache;
  }

  /** A user as it was deployed: from now on it may enter with a token for this cache. */
  async admit(user: string, accessString: string, cache: string): Promise<void> {
    this.#cache = cache;
    const password = randomBytes(16).toString('hex');
    await this.command('ACL', 'SETUSER', user, 'reset', ...accessString.split(' '), `>${password}`);
    this.#passwords.set(user, password);
  }

  /** Sends one command past the door, as the operator of the service could. */
  async command(...words: readonly string[]): Promise<unknown> {
    const client = createClient({ socket: { host: '127.0.0.1', port: this.#server.port } });
    await client.connect();
    try {
      return await client.sendCommand([...words]);
    } finally {
      client.destroy();
    }
  }

  async stop(): Promise<void> {
    this.#door.close();
    await this.#server.stop();
    this.certificates.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #enter(client: Socket): void {
    const inside = connect(this.#server.port, '127.0.0.1');
    let rest = Buffer.alloc(0);
    client.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let read = readCommand(rest); read; read = readCommand(rest)) {
        rest = rest.subarray(read.length);
        inside.write(writeCommand(this.#checked(read.words)));
      }
    });
    inside.pipe(client);
    for (const socket of [client, inside]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        inside.destroy();
      });
    }
  }

  /** `AUTH user token` and `HELLO 3 AUTH user token`, with the password behind a good token in its place. */
  #checked(words: readonly Buffer[]): readonly Buffer[] {
    const at = words.findIndex((word) => word.toString().toUpperCase() === 'AUTH');
    if (at < 0 || at > 2) return words;
    const user = words[at + 1]?.toString() ?? '';
    const token = words[at + 2]?.toString() ?? '';
    const problem = refuseToken(token, user, this.#cache);
    if (problem === undefined) this.admitted.push(token);
    else this.refused.push(problem);
    const password = problem === undefined ? (this.#passwords.get(user) ?? '') : '';
    return words.map((word, index) => (index === at + 2 ? Buffer.from(password) : word));
  }
}

/** An address of loopback whose port of ElastiCache is free. Where there is one address only, it must be that one. */
async function freeAddress(): Promise<string> {
  const others = Array.from({ length: 3 }, () => `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`);
  for (const address of [...others, '127.0.0.1']) {
    if (await isFree(PORT, address)) return address;
  }
  throw new Error(`port ${PORT} of loopback is taken: stop the server that listens there`);
}

/** One command of the protocol (an array of bulk strings), when it is there as a whole. */
function readCommand(data: Buffer): { readonly words: readonly Buffer[]; readonly length: number } | undefined {
  const line = (from: number): [number, number] | undefined => {
    const end = data.indexOf('\r\n', from);
    return end < 0 ? undefined : [Number(data.toString('latin1', from + 1, end)), end + 2];
  };
  const head = line(0);
  if (!head) return undefined;
  const words: Buffer[] = [];
  let [, at] = head;
  for (let count = head[0]; count > 0; count--) {
    const size = line(at);
    if (!size || data.length < size[1] + size[0] + 2) return undefined;
    words.push(data.subarray(size[1], size[1] + size[0]));
    at = size[1] + size[0] + 2;
  }
  return { words, length: at };
}

function writeCommand(words: readonly Buffer[]): Buffer {
  const parts = words.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from('\r\n')]);
  return Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...parts]);
}

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { freePort } from '../test/support/servers/free-port.ts';
import { message } from './messages.mjs';
import { postMessage } from './post-message.ts';

const CHILDREN = join(__dirname, 'children');

export interface ColdStart {
  readonly cpu: number;
  readonly wall: number;
  readonly undiciAtImport: boolean;
  readonly rss: number;
}

/** Starts a process, imports the bundle and takes its first answer. */
export async function coldStart(bundle: string, method: string, env: NodeJS.ProcessEnv): Promise<ColdStart> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(CHILDREN, 'cold.mjs'), bundle, method], {
    env: { ...process.env, ...env },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ColdStart;
}

export interface Usage {
  /** CPU microseconds per answer. */
  readonly cpu: number;
  /** Largest resident set so far, MiB. */
  readonly rss: number;
}

/** A function that stays warm in a process of its own. */
export class WarmFunction {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async start(bundle: string, env: NodeJS.ProcessEnv): Promise<WarmFunction> {
    const child = fork(join(CHILDREN, 'warm.mjs'), [bundle], { env: { ...process.env, ...env }, execArgv: [] });
    await once(child, 'message');
    return new WarmFunction(child);
  }

  async measure(method: string, calls: number): Promise<Usage> {
    this.child.send({ method, calls });
    const [usage] = (await once(this.child, 'message')) as [Usage];
    return usage;
  }

  stop(): void {
    this.child.kill();
  }
}

/** An HTTP server in a process of its own, loaded over loopback. */
export class LoadedServer {
  private readonly child: ChildProcess;
  private readonly port: number;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  private constructor(child: ChildProcess, port: number) {
    this.child = child;
    this.port = port;
  }

  static async start(bundle: string, env: NodeJS.ProcessEnv): Promise<LoadedServer> {
    const port = await freePort();
    const child = fork(bundle, [], {
      env: { ...process.env, ...env, PORT: `${port}`, HOST: '127.0.0.1' },
      execArgv: ['--import', join(CHILDREN, 'cpu-probe.mjs')],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const server = new LoadedServer(child, port);
    for (let attempt = 0; ; attempt++) {
      try {
        await server.call('tools/call', 0);
        return server;
      } catch (error) {
        if (attempt > 100 || child.exitCode !== null) throw error;
        await sleep(50);
      }
    }
  }

  /** Sends `calls` requests, eight at a time, and asks the server what they cost it. */
  async measure(method: string, calls: number): Promise<Usage> {
    const before = await this.usage();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < calls) await this.call(method, next++);
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    const after = await this.usage();
    return { cpu: (after.cpu - before.cpu) / calls, rss: after.rss };
  }

  stop(): void {
    this.agent.destroy();
    this.child.kill();
  }

  private async usage(): Promise<Usage> {
    this.child.send('usage');
    const [usage] = (await once(this.child, 'message')) as [Usage];
    return usage;
  }

  private call(method: string, id: number): Promise<void> {
    return postMessage(this.agent, this.port, message(method, id));
  }
}

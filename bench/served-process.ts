import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../test/support/servers/free-port.ts';
import { type Era, message } from './messages.mjs';
import { postMessage } from './post-message.ts';

export interface ServedOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a load of calls measured. */
export interface LoadFigures {
  readonly perSecond: number;
  /** Milliseconds in which 99 of 100 calls were answered. */
  readonly p99: number;
  /** Milliseconds of the server's processor for each call. */
  readonly cpu: number;
}

/** A server with an auth of its own has answered too. */
const UNAUTHORIZED = 401;

/** An MCP server in whatever language, in a process of its own, as a container runs it. Figures of the process need Linux. */
export class ServedProcess {
  readonly #child: ChildProcess;
  readonly #port: number;
  #errors = '';

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#errors += text));
  }

  /** @returns once the server has answered a call */
  static async start({ command, args, cwd, env }: ServedOptions): Promise<ServedProcess> {
    const port = await freePort();
    const child = spawn(command, args, {
      cwd,
      env: { PATH: process.env.PATH, ...env, HOST: '127.0.0.1', PORT: String(port) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const server = new ServedProcess(child, port);
    const agent = new Agent();
    for (const end = Date.now() + 30_000; ;) {
      try {
        await server.#call(agent);
        return server;
      } catch (error) {
        if (child.exitCode !== null || Date.now() > end) {
          child.kill('SIGKILL');
          throw new Error(`${command} ${args.join(' ')} does not serve: ${server.#errors.slice(-2000)}`, {
            cause: error,
          });
        }
        await sleep(10);
      }
    }
  }

  /** Calls the tool for a while, so many at a time. */
  async load(atATime: number, seconds: number, era: Era = '2026-07-28'): Promise<LoadFigures> {
    const agent = new Agent({ keepAlive: true, maxSockets: atATime });
    const times: number[] = [];
    const used = this.cpu();
    const started = performance.now();
    const end = started + seconds * 1000;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        const before = performance.now();
        await this.#call(agent, era);
        times.push(performance.now() - before);
      }
    };
    await Promise.all(Array.from({ length: atATime }, worker));
    const wall = (performance.now() - started) / 1000;
    agent.destroy();
    times.sort((a, b) => a - b);
    return {
      perSecond: times.length / wall,
      p99: times[Math.floor(times.length * 0.99)] ?? NaN,
      cpu: ((this.cpu() - used) * 1000) / times.length,
    };
  }

  /** Resident memory now, in MiB, of the process and its children. */
  memory(): number {
    return sumOverTree(this.#pid, (pid) => Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) / 1024);
  }

  /** Seconds of processor so far, user and system, in steps of 10 ms. */
  cpu(): number {
    return sumOverTree(this.#pid, (pid) => {
      const fields = read(pid, 'stat')
        .replace(/^.*\) /, '')
        .split(' ');
      return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
    });
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  get #pid(): number {
    return this.#child.pid ?? 0;
  }

  #call(agent: Agent, era?: Era): Promise<void> {
    return postMessage(agent, this.#port, message('tools/call', 1, era), UNAUTHORIZED);
  }
}

function read(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, 'utf8');
}

function sumOverTree(root: number, figure: (pid: number) => number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const fields = read(Number(name), 'stat')
        .replace(/^.*\) /, '')
        .split(' ');
      parents.set(Number(name), Number(fields[1]));
    } catch {
      // It has ended.
    }
  }
  const below = (pid: number): boolean => pid === root || (pid > 1 && below(parents.get(pid) ?? 0));
  return [...parents.keys()].filter(below).reduce((sum, pid) => sum + figure(pid), 0);
}

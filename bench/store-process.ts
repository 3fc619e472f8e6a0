import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { loadBundle } from './bundles.ts';

const CHILDREN = join(__dirname, 'children');

/** What one operation took: microseconds of the clock and of the processor, and the 99th percentile in milliseconds. */
export interface StoreFigures {
  readonly wall: number;
  readonly cpu: number;
  readonly p99: number;
  /** How many were done. */
  readonly operations: number;
}

export interface StoreLoad {
  /** `take` takes entries that are there; `getMany` asks for ten. */
  readonly verb: 'get' | 'put' | 'take' | 'getMany';
  /** How many. @default - as many as there is time for */
  readonly operations?: number;
  /** When no more are begun. @default - when all are done */
  readonly seconds?: number;
  /** Operations under way at a time. */
  readonly width: number;
}

/** One side of a comparison, in a process of its own. */
export interface StoreProcess {
  measure(load: StoreLoad): Promise<StoreFigures>;
  stop(): Promise<void>;
}

/** The kit's adapter, or the client alone. */
export async function nodeStore(
  side: 'kit' | 'bare',
  backend: string,
  url: string,
  env: Readonly<Record<string, string>>,
): Promise<StoreProcess> {
  const child = fork(loadBundle(backend), [side, url], { env: { ...process.env, ...env }, execArgv: [] });
  const failure = failed(child);
  failure.catch(() => undefined); // told by the next answer, if anybody waits for one
  const answer = (): Promise<unknown> =>
    Promise.race([new Promise((resolve) => child.once('message', resolve)), failure]);
  await answer();
  return {
    async measure(load) {
      child.send(load);
      return (await answer()) as StoreFigures;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.send('stop');
      await ended;
    },
  };
}

/** A store of py-key-value. */
export async function pythonStore(python: string, setup: string, url: string): Promise<StoreProcess> {
  const child = spawn(python, [join(CHILDREN, 'store_load.py'), setup, url], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failure = failed(child);
  failure.catch(() => undefined); // told by the next answer, if anybody waits for one
  const answer = async (): Promise<unknown> => {
    const line = (await Promise.race([lines.next(), failure])) as IteratorResult<string>;
    return JSON.parse(line.value as string) as unknown;
  };
  await answer();
  return {
    async measure(load) {
      child.stdin.write(`${JSON.stringify(load)}\n`);
      return (await answer()) as StoreFigures;
    },
    async stop() {
      const ended = once(child, 'exit');
      child.stdin.end();
      await ended;
    },
  };
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number];
  throw new Error(`${child.spawnargs.slice(0, 5).join(' ')} ended with ${code}`);
}

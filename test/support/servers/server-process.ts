import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerProcessProps {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The port of loopback that it will listen on. */
  readonly port: number;
  /**
   * Whether it answers, when an open port does not say so yet.
   *
   * @default - it does when the port accepts connections
   */
  readonly ready?: () => Promise<boolean>;
  /**
   * Milliseconds until it must answer.
   *
   * @default 30000
   */
  readonly startTimeout?: number;
}

/** A server that a test started, to be broken and stopped by it. */
export interface ServerProcess {
  readonly port: number;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** Stops it from running without closing a connection: accepted, never answered. */
  suspend(): void;
  resume(): void;
  /** Ends it without a chance to say goodbye. */
  kill(): Promise<void>;
  /** Starts it again on the same port, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server and waits until it answers. Its last lines are in the error when it does not. */
export async function startServer(props: ServerProcessProps): Promise<ServerProcess> {
  let child: ChildProcess;
  let output = '';
  const dead = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const killNow = (): void => void child.kill('SIGKILL');

  const start = async (): Promise<void> => {
    output = '';
    child = spawn(props.command, props.args, {
      cwd: props.cwd,
      env: { ...process.env, ...props.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    process.once('exit', killNow); // a test run that is interrupted leaves no server behind
    child.on('error', (error) => (output += error.message));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
    }
    const end = Date.now() + (props.startTimeout ?? 30_000);
    while (!(await accepts(props.port)) || !((await props.ready?.()) ?? true)) {
      if (dead() || Date.now() > end) {
        killNow();
        throw new Error(`${props.command} does not answer on port ${props.port}:\n${output}`);
      }
      await sleep(50);
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    process.off('exit', killNow);
    if (dead()) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    child.kill('SIGCONT');
    const patience = setTimeout(killNow, 5_000);
    await exited;
    clearTimeout(patience);
  };

  await start();
  return {
    port: props.port,
    pid: () => child.pid,
    suspend: () => {
      child.kill('SIGSTOP');
      awaitStop(child.pid);
    },
    resume: () => void child.kill('SIGCONT'),
    kill: () => end('SIGKILL'),
    restart: start,
    stop: () => end('SIGTERM'),
  };
}

/** Each thread stops by itself, a moment later: until then it would still answer. Where there is no `/proc`, nobody can wait. */
function awaitStop(pid: number | undefined): void {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return;
  const stopped = (task: string): boolean => {
    try {
      return /\) [TtZX] [^)]*$/.test(readFileSync(join(tasks, task, 'stat'), 'utf8'));
    } catch {
      return true; // it has ended
    }
  };
  const end = Date.now() + 5_000;
  while (!readdirSync(tasks).every(stopped) && Date.now() < end)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../support/servers/free-port.ts';
import { ownEnvironment } from './environment.ts';
import { listenersOfGroup } from './listeners.ts';
import { killGroup } from './run.ts';

/** The emulator as a process: it and the workers of its functions form one process group and end together. */
export class CloudProcess {
  readonly endpoint: string;
  /** What MiniStack and the functions printed. */
  readonly logFile: string;
  /** Resource types that were recorded, not provisioned, so far. */
  readonly stubbed = new Set<string>();
  readonly #child: ChildProcess;
  /** Scratch folder of this cloud; removed with it. */
  readonly folder: string;
  readonly #ended: Promise<void>;
  readonly #onExit = (): void => {
    killGroup(this.#child.pid, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };

  private constructor(python: string, port: number, environment: Readonly<Record<string, string>>) {
    this.endpoint = `http://127.0.0.1:${port}`;
    // Outside the project: a function unpacked inside it would find the project's node_modules.
    this.folder = mkdtempSync(join(tmpdir(), 'mcp-kit-cloud-'));
    this.logFile = join(this.folder, 'cloud.log');
    const flags = ['--port', String(port), '--node', process.execPath, '--scratch', this.folder];
    this.#child = spawn(python, [join(__dirname, 'cloud.py'), ...flags], {
      cwd: this.folder,
      env: { ...ownEnvironment(), ...environment, TMPDIR: this.folder, TEMP: this.folder, PYTHONUNBUFFERED: '1' },
      stdio: ['pipe', 'pipe', 'pipe'], // the pipe on stdin ends the cloud when this process dies, however it dies
      detached: process.platform !== 'win32',
    });
    this.#child.stdin?.on('error', () => undefined);
    const log = createWriteStream(this.logFile);
    this.#child.stderr?.pipe(log, { end: false });
    if (this.#child.stdout) {
      createInterface({ input: this.#child.stdout }).on('line', (line) => {
        const event = /^@local-cloud (.*)$/.exec(line)?.[1];
        if (event === undefined) log.write(`${line}\n`);
        else this.#note(JSON.parse(event) as { stubbed?: string });
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', () => {
        log.end();
        resolve();
      });
      this.#child.on('error', () => {
        resolve();
      });
    });
    process.once('exit', this.#onExit);
  }

  /** @param environment what the emulator and its functions find besides */
  static async start(python: string, environment: Readonly<Record<string, string>> = {}): Promise<CloudProcess> {
    for (let attempt = 1; ; attempt++) {
      const cloud = new CloudProcess(python, await freePort(), environment);
      try {
        await cloud.#ready();
        return cloud;
      } catch (error) {
        await cloud.stop();
        // Somebody else may have taken the port between our look and MiniStack's.
        if (attempt === 3 || !(error as Error).message.includes('already in use')) throw error;
      }
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Addresses that the emulator and its functions listen on; `undefined` where the system does not tell. */
  listeners(): string[] | undefined {
    return listenersOfGroup(this.pid);
  }

  /** The end of the log, for error messages. */
  tail(lines = 20): string {
    return readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-lines).join('\n');
  }

  /** Ends the emulator and every function worker, and removes what they wrote. */
  async stop(): Promise<void> {
    this.#child.stdin?.end(); // cloud.py kills its whole group
    await Promise.race([this.#ended, sleep(3_000, undefined, { ref: false })]);
    killGroup(this.#child.pid, 'SIGKILL');
    await this.#ended;
    process.off('exit', this.#onExit);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (this.#child.exitCode === null && this.#child.signalCode === null) {
      const answer = await fetch(`${this.endpoint}/_ministack/health`).catch(() => undefined);
      if (answer?.ok) return;
      if (Date.now() > deadline) throw new Error(`the local cloud did not start in 60 s:\n${this.tail()}`);
      await sleep(50);
    }
    await this.#ended;
    throw new Error(`the local cloud ended at its start:\n${this.tail()}`);
  }

  #note(event: { stubbed?: string }): void {
    if (event.stubbed !== undefined) this.stubbed.add(event.stubbed);
  }
}

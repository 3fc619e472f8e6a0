import { type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Placement } from './placement.ts';
import { residentMemory } from './resident-memory.ts';
import type { TaskDefinition } from './task-definition.ts';

/** A task that has been started, in a container or as a process. */
export interface Launched {
  /** Ends when the task does, with its exit code; its output is that of the task; SIGTERM is passed on. */
  readonly child: ChildProcess;
  /** First process of the task, as this machine counts them. `undefined` until it runs and when it has ended. */
  pid(): number | undefined;
  /** Of the container. @default - there is none */
  containerId?(): string | undefined;
  /** Ends it at once, whatever it does. */
  kill(): Promise<void>;
  /** Runs a health check inside. @returns whether it passed, and what it said */
  check(command: readonly string[], timeout: number): Promise<{ readonly passed: boolean; readonly output: string }>;
  /** What is left of it, when it has ended. */
  remove(): Promise<void>;
}

const LOG_LINES = 1_000;

/** A task of a service: what it was started with, what it prints, and how it ends. */
export class Task {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly address: string;
  readonly port: number;
  /** Its last lines. */
  readonly log: string[] = [];
  /** Settles when it has ended. */
  readonly ended: Promise<number>;
  /** Set when it has ended; 128 and the signal's number, when that ended it. */
  exitCode?: number;
  /** Why it is stopped, or why it ended. */
  reason?: string;
  /** Whether the service has decided to stop it. */
  stopping = false;
  /** Of the container health check, if there is one. */
  health: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' = 'UNKNOWN';
  readonly startedAt = Date.now();
  readonly #launched: Launched;

  constructor(id: string, definition: TaskDefinition, placement: Placement, launched: Launched) {
    this.id = id;
    this.definition = definition;
    this.address = placement.address;
    this.port = placement.port;
    this.#launched = launched;
    const { child } = launched;
    for (const stream of [child.stdout, child.stderr]) {
      if (stream)
        createInterface({ input: stream }).on('line', (line) => {
          this.#note(line);
        });
    }
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.#note(error.message);
        resolve(this.#end(126));
      });
      child.on('close', (code, signal) => {
        resolve(this.#end(code ?? (signal === 'SIGKILL' ? 137 : 143)));
      });
    });
  }

  /** First process of the task. */
  get pid(): number | undefined {
    return this.exitCode === undefined ? this.#launched.pid() : undefined;
  }

  hasEnded(): boolean {
    return this.exitCode !== undefined;
  }

  /** `undefined` for a process. */
  get containerId(): string | undefined {
    return this.#launched.containerId?.();
  }

  /** Bytes that its processes have in memory. */
  memory(): number {
    const { pid } = this;
    return pid === undefined ? 0 : residentMemory(pid);
  }

  /** SIGTERM, and SIGKILL when the task is still there after its stop timeout. */
  async stop(reason: string): Promise<void> {
    this.stopping = true;
    this.reason ??= reason;
    if (this.hasEnded()) return;
    this.#launched.child.kill('SIGTERM');
    const patience = new AbortController();
    const late = sleep(this.definition.stopTimeout * 1000, true, { signal: patience.signal }).catch(() => false);
    if ((await Promise.race([this.ended.then(() => false), late])) && !this.hasEnded()) {
      this.#note(`[SIGKILL: it did not end within ${this.definition.stopTimeout} s after SIGTERM]`);
      await this.#launched.kill();
    }
    patience.abort();
    await this.ended;
  }

  /** Ends it as a crash would: the service does not know why. */
  async kill(): Promise<void> {
    await this.#launched.kill();
    await this.ended;
  }

  /** Follows its container health check, if it has one, until it ends. @param pace what its times are multiplied by */
  async watch(pace: number): Promise<void> {
    const check = this.definition.healthCheck;
    if (!check) return;
    let failures = 0;
    while (!this.hasEnded() && !this.#isStopping()) {
      await sleep(Math.max(300, check.interval * 1000 * pace), undefined, { ref: false });
      const { passed, output } = await this.#launched.check(check.command, check.timeout);
      if (this.hasEnded() || this.#isStopping()) return;
      if (passed) {
        failures = 0;
        this.health = 'HEALTHY';
      } else if (this.health === 'HEALTHY' || Date.now() - this.startedAt > check.startPeriod * 1000 * pace) {
        failures++;
        if (failures < check.retries) continue;
        this.health = 'UNHEALTHY';
        this.reason ??= `failed container health checks: ${check.command.join(' ')}: ${output.trim() || 'no output'}`;
      }
    }
  }

  /** How it ended, and its last lines: what a person needs who has not seen it run. */
  describeEnd(): string {
    const said = this.log
      .slice(-15)
      .map((line) => `\n    ${line}`)
      .join('');
    const code = this.exitCode === undefined ? '' : `exit code ${this.exitCode}`;
    return `${[this.reason, code].filter(Boolean).join(', ')}${said ? `; its last lines:${said}` : '; it printed nothing'}`;
  }

  #isStopping(): boolean {
    return this.stopping;
  }

  #end(code: number): number {
    if (this.exitCode === undefined) {
      this.exitCode = code;
      this.reason ??= 'Essential container in task exited';
      this.#launched.remove().catch(() => undefined); // the watchdog was there first
    }
    return this.exitCode;
  }

  #note(line: string): void {
    this.log.push(line);
    if (this.log.length > LOG_LINES) this.log.shift();
  }
}

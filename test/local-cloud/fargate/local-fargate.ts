import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { bytesOf, listen, type Listening } from '../../support/loopback.ts';
import { findProgram, installPrograms } from '../../support/servers/programs.ts';
import { ownEnvironment } from '../environment.ts';
import { installLocalCloud } from '../install.ts';
import { BASE_IMAGES, type BaseImages } from './base-images.ts';
import { launchContainer } from './container-task.ts';
import { type Engine, forDocker, IMAGES_VARIABLE, openEngine } from './engine.ts';
import { LocalBalancers } from './local-balancers.ts';
import type { Message } from './message.ts';
import { place } from './placement.ts';
import { launchProcess } from './process-task.ts';
import { Service } from './service.ts';
import { Task } from './task.ts';
import { readTaskDefinition, type TaskDefinition } from './task-definition.ts';
import { fetchSecrets } from './task-secrets.ts';

export interface LocalFargateOptions {
  /** Variables that every task gets besides its own. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of this machine that tasks may read, at the same path, such as the certificate of a local server. @default - none */
  readonly files?: readonly string[];
  /**
   * What the intervals of health checks and the grace period are multiplied by. Nothing else is shortened: neither the
   * deregistration delay nor the stop timeout.
   *
   * @default 0.02
   */
  readonly pace?: number;
  /** Milliseconds that a task has until it listens, whatever the pace. @default 15000 */
  readonly startup?: number;
  /** Milliseconds within which a deployment must be stable; CloudFormation waits three hours. @default 120000 */
  readonly patience?: number;
  /** Gets a line for each thing worth telling. @default - silence */
  readonly say?: (line: string) => void;
}

/**
 * Fargate and Application Load Balancers on this machine. The repaired emulator hands over what is deployed; tasks run in
 * containers, or as processes where there can be none. All of it ends with `stop()`, or with the process that started it.
 */
export class LocalFargate {
  /** Names of the base images, for the build argument BASE_IMAGE. */
  readonly baseImages: BaseImages = BASE_IMAGES;
  /** By ARN. */
  readonly services = new Map<string, Service>();
  readonly balancers: LocalBalancers;
  readonly #engine: Engine;
  readonly #python: string;
  readonly #options: LocalFargateOptions;
  #watchdog: ChildProcess;
  #control: Listening | undefined;
  #endpoint = '';

  private constructor(engine: Engine, python: string, options: LocalFargateOptions) {
    this.#engine = engine;
    this.#python = python;
    this.#options = options;
    this.balancers = new LocalBalancers(options.pace ?? 0.02, options.startup ?? 15_000);
    this.#watchdog = this.#watch();
    this.#watchdog.stdin?.on('error', () => undefined);
    this.#watchdog.unref();
  }

  static async start(options: LocalFargateOptions = {}): Promise<LocalFargate> {
    const say = options.say ?? (() => undefined);
    const python = await installLocalCloud(say);
    await installPrograms(say, ['podman']); // a set-up may have done it
    const engine = await openEngine(findProgram('podman'), python);
    if (engine.reason !== undefined) say(`tasks run as processes, not in containers: ${engine.reason}`);
    const fargate = new LocalFargate(engine, python, options);
    fargate.#control = await listen(
      createServer((request, response) => {
        void bytesOf(request)
          .then((body) => fargate.#receive(JSON.parse(body.toString()) as Message))
          .then(
            () => response.end('{}'),
            (error: unknown) => {
              const reason = error instanceof Error ? error.message : String(error);
              response.writeHead(400).end(JSON.stringify({ reason }));
            },
          );
      }),
    );
    return fargate;
  }

  /** `container`, or `process` where this machine can run none. */
  get kind(): 'container' | 'process' {
    return this.#engine.podman ? 'container' : 'process';
  }

  /** Why no container can run here; `undefined` where they do. */
  get reason(): string | undefined {
    return this.#engine.reason;
  }

  /** Where everything of it is kept until it is stopped. */
  get folder(): string {
    return this.#engine.folder;
  }

  /** What the emulator has to find in its environment. */
  get cloudEnvironment(): Readonly<Record<string, string>> {
    return { LOCAL_CLOUD_FARGATE: `http://${this.#control?.host ?? ''}` };
  }

  /** What the CDK CLI has to find in its environment. */
  get cdkEnvironment(): Readonly<Record<string, string>> {
    return { CDK_DOCKER: join(__dirname, 'docker.mjs'), [IMAGES_VARIABLE]: forDocker(this.#engine) };
  }

  /** The service whose name or ARN contains a text. @throws Error when there is none, or more than one */
  service(text = ''): Service {
    const found = [...this.services].filter(([arn]) => arn.includes(text)).map(([, service]) => service);
    const [service] = found;
    if (!service || found.length > 1)
      throw new Error(`${found.length} services match "${text}": ${[...this.services.keys()].join(', ')}`);
    return service;
  }

  /** Tasks that run, of all services or of one. */
  tasks(service?: string): readonly Task[] {
    const services = service === undefined ? [...this.services.values()] : [this.service(service)];
    return services.flatMap(({ members }) => [...members].map(({ task }) => task));
  }

  /** @see LocalBalancers.reach */
  reach(url: string): string {
    return this.balancers.reach(url);
  }

  /** What each service has done, for error messages. */
  describe(): string {
    return [...this.services].map(([arn, { events }]) => [arn, ...events].join('\n  ')).join('\n');
  }

  /** Ends all at once, without draining: what a test needs to see of that it lets CloudFormation do. */
  async stop(): Promise<void> {
    await this.#control?.stop();
    await this.balancers.close();
    if (hasEnded(this.#watchdog)) this.#watchdog = this.#watch(); // it was killed: another one does its work
    const ended = once(this.#watchdog, 'exit');
    this.#watchdog.ref();
    this.#watchdog.stdin?.end();
    await ended;
  }

  #watch(): ChildProcess {
    const job = JSON.stringify({ folder: this.#engine.folder, podman: this.#engine.podman });
    return spawn(process.execPath, [join(__dirname, 'watchdog.mjs'), job], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true, // a Ctrl-C in the terminal is not for it
      env: { PATH: process.env.PATH },
    });
  }

  async #receive(message: Message): Promise<void> {
    if (message.kind === 'network') {
      await this.balancers.update(message.network);
    } else if (message.kind === 'remove') {
      await this.services.get(message.arn)?.remove();
      this.services.delete(message.arn);
    } else if (message.kind === 'capacity') {
      const service = [...this.services].find(([arn]) => arn.endsWith(`:${message.service}`))?.[1];
      if (service) service.desired = Math.min(message.max, Math.max(message.min, service.desired));
    } else {
      this.#endpoint = message.endpoint;
      await this.balancers.update(message.network);
      const definition = readTaskDefinition(message.props.TaskDefinition, message.taskDefinition);
      let service = this.services.get(message.arn);
      if (!service) this.services.set(message.arn, (service = new Service(message.arn, this.#host())));
      await service.deploy(message.props, definition);
    }
  }

  #host(): ConstructorParameters<typeof Service>[1] {
    return {
      pace: this.#options.pace ?? 0.02,
      patience: this.#options.patience ?? 120_000,
      start: (id, definition, port) => this.#start(id, definition, port),
      targetGroup: (arn) => this.balancers.group(arn),
    };
  }

  async #start(id: string, definition: TaskDefinition, port: number): Promise<Task> {
    const placement = await place(port);
    const cloud = ownEnvironment(this.#endpoint);
    const account = Object.fromEntries(Object.entries(cloud).filter(([name]) => /^AWS_(?!CONFIG|SHARED)/.test(name)));
    const environment = {
      ...account, // on Fargate the role of the task, and the region
      ...definition.environment,
      ...(await fetchSecrets(this.#endpoint, definition)),
      ...this.#options.environment,
      HOST: placement.address, // never every interface, whatever was deployed
      ...(placement.port !== port && { PORT: String(placement.port) }),
    };
    const props = { id, definition, environment, files: this.#options.files ?? [] };
    const { podman } = this.#engine;
    const launched = podman ? await launchContainer(podman, props) : launchProcess(this.#engine, props, this.#python);
    const { pid } = launched.child;
    if (pid !== undefined) this.#watchdog.stdin?.write(`+${pid}\n`);
    const task = new Task(id, definition, placement, launched);
    void task.ended.then(() => this.#watchdog.stdin?.write(`-${pid ?? 0}\n`));
    void task.watch(this.#options.pace ?? 0.02);
    return task;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

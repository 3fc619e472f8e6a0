import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CloudProcess } from './cloud-process.ts';
import { ACCOUNT, CREDENTIALS, ownEnvironment, REGION } from './environment.ts';
import type { LocalFargate } from './fargate/local-fargate.ts';
import { installLocalCloud, installerSettings } from './install.ts';
import { ROOT } from './paths.ts';
import { runToEnd } from './run.ts';

export interface LocalCloudOptions {
  /**
   * Gets a line for each thing worth telling.
   *
   * @default - silence
   */
  readonly say?: (line: string) => void;
  /** Gets each line of the CDK CLI. @default - silence */
  readonly onCdkLine?: (line: string) => void;
  /** What the emulator and its functions find in their environment. @default - nothing but what they need */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * Runs the containers that are deployed. The test that has started it stops it, after the cloud.
   *
   * @default - services of containers are recorded, not run; images cannot be built
   */
  readonly fargate?: LocalFargate;
  /** Ends a running deployment. @default - none */
  readonly signal?: AbortSignal;
}

export interface DeployOptions {
  readonly stack: string;
  /**
   * CDK context, as `-c name=value`.
   *
   * @default - none
   */
  readonly context?: Readonly<Record<string, string>>;
  /**
   * Command of the app.
   *
   * @default - the one of cdk.json
   */
  readonly app?: string;
}

/** The CDK CLI ended with an error; `output` is what it printed. */
export class CdkError extends Error {
  readonly output: string;
  constructor(command: string, output: string) {
    super(`cdk ${command} failed:\n${output.trim().split('\n').slice(-30).join('\n')}`);
    this.output = output;
  }
}

/**
 * An AWS of this machine's own: MiniStack on a free loopback port, deployed to by the ordinary CDK CLI. It knows only
 * its own endpoint and credentials; the AWS account of the shell is never asked.
 */
export class LocalCloud {
  readonly endpoint: string;
  /** What AWS SDK clients of the local cloud are constructed with. */
  readonly clientConfig: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: typeof CREDENTIALS;
  };
  readonly #process: CloudProcess;
  readonly #options: LocalCloudOptions;
  /** Home of the assembly and outputs: not the project's cdk.out, which a person may be deploying from. */
  readonly #folder: string;

  /** The interpreter that the local cloud runs on. */
  readonly python: string;

  private constructor(process: CloudProcess, python: string, options: LocalCloudOptions) {
    this.#process = process;
    this.python = python;
    this.#options = options;
    this.endpoint = process.endpoint;
    this.#folder = process.folder;
    this.clientConfig = { endpoint: process.endpoint, region: REGION, credentials: CREDENTIALS };
  }

  /** @throws {Unavailable} when this machine lacks what it needs */
  static async start(options: LocalCloudOptions = {}): Promise<LocalCloud> {
    const python = await installLocalCloud(options.say ?? (() => undefined));
    const environment = { ...options.environment, ...options.fargate?.cloudEnvironment };
    return new LocalCloud(await CloudProcess.start(python, environment), python, options);
  }

  /** Process group of the emulator and its functions. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Resource types that were recorded, not provisioned, so far. */
  get stubbed(): readonly string[] {
    return [...this.#process.stubbed].sort();
  }

  /** Addresses that the emulator and its functions listen on; `undefined` where the system does not tell. */
  listeners(): string[] | undefined {
    return this.#process.listeners();
  }

  /** The end of the emulator's log. */
  tail(lines?: number): string {
    return this.#process.tail(lines);
  }

  async bootstrap(): Promise<void> {
    await this.#cdk(['bootstrap', `aws://${ACCOUNT}/${REGION}`, '--app', '']);
  }

  /** @returns the outputs of the stack */
  async deploy(options: DeployOptions): Promise<Readonly<Record<string, string>>> {
    const outputs = join(this.#folder, 'outputs.json');
    const flags = ['--require-approval', 'never', '--progress', 'events', '--outputs-file', outputs];
    await this.#cdk(['deploy', options.stack, ...flags, ...this.#appFlags(options)]);
    return (JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Record<string, string>>)[options.stack] ?? {};
  }

  /** Deletes a stack that was deployed from here. */
  async destroy(stack: string): Promise<void> {
    await this.#cdk(['destroy', stack, '--force', '--app', join(this.#folder, 'cdk.out')]);
  }

  /**
   * The address at which a client of this machine reaches a Function URL or a load balancer: AWS's host names do not
   * resolve here.
   */
  reach(url: string): string {
    const [, id, path = ''] = /^https:\/\/([a-z0-9]+)\.lambda-url\.[^/]+(\/.*)?$/.exec(url) ?? [];
    if (id === undefined && this.#options.fargate) return this.#options.fargate.reach(url);
    if (id === undefined) throw new Error(`"${url}" is not a Function URL`);
    return `${this.endpoint}/_aws/lambda-url/${id}${path}`;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }

  #appFlags({ app, context = {} }: DeployOptions): string[] {
    return [
      ...(app === undefined ? [] : ['--app', app]),
      ...['--output', join(this.#folder, 'cdk.out')],
      ...contextFlags(context),
    ];
  }

  async #cdk(args: readonly string[]): Promise<void> {
    const cli = join(ROOT, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const { code, output } = await runToEnd(process.execPath, [cli, ...args, '--no-notices', '--ci', '--no-color'], {
      cwd: ROOT,
      env: { ...ownEnvironment(this.endpoint), ...installerSettings(), ...this.#options.fargate?.cdkEnvironment },
      onLine: this.#options.onCdkLine,
      signal: this.#options.signal,
    });
    if (code !== 0) throw new CdkError(args.slice(0, 2).join(' '), output);
  }
}

function contextFlags(context: Readonly<Record<string, string>>): string[] {
  return Object.entries(context).flatMap(([name, value]) => ['--context', `${name}=${value}`]);
}

// npm start: the app of bin/app.ts, deployed to an AWS of this machine's own and called by the official client.
import { parseArgs } from 'node:util';

import { checkWeather, type Era } from './check-client.ts';
import { clientConfiguration } from './client-configuration.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { openFront } from './front.ts';
import { Unavailable } from './install.ts';
import { startLaptopServer } from './laptop.ts';
import { LocalCloud } from './local-cloud.ts';
import { readStartContext } from './start-context.ts';

const HELP = `npm start [-- options]

Deploys the app to a local cloud on this machine, checks it with the official MCP client, prints the URL and stays up
until Ctrl-C. Needs no AWS account and touches none. Without Python 3.10 or PyPI it serves the example without a cloud.

  --port N       port of the URL; the next free one when it is taken (8080)
  --once         deploy, check, tear down; the exit code tells whether all went well
  -c NAME=VALUE  context of the deployment: compute=lambda|fargate, storage=dynamodb|memory, removal=retain|destroy; of
                 Fargate, whose tasks run in containers where podman can, minTasks, maxTasks, stopTimeout
  --no-cloud     serve the example without the local cloud
  --verbose      show what the CDK CLI prints
  --help         this text`;

const started = performance.now();
const stopping = new AbortController();
const tidy: (() => Promise<void>)[] = [];

function say(line: string): void {
  console.log(`[${((performance.now() - started) / 1000).toFixed(1).padStart(5)} s] ${line}`);
}

interface Options {
  readonly port: number;
  readonly once: boolean;
  readonly cloud: boolean;
  readonly verbose: boolean;
  readonly context: Readonly<Record<string, string>>;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8080' },
      once: { type: 'boolean', default: false },
      context: { type: 'string', short: 'c', multiple: true, default: [] },
      'no-cloud': { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new TypeError(`--port ${JSON.stringify(values.port)} is no port: use 0 to 65535`);
  }
  if (values['no-cloud'] && values.context.length > 0) {
    throw new TypeError('-c has no meaning with --no-cloud: nothing is deployed');
  }
  const context = readStartContext(values.context);
  return { port, once: values.once, cloud: !values['no-cloud'], verbose: values.verbose, context };
}

/** Deploys, and answers the address for clients. */
async function serveFromCloud(options: Options): Promise<string> {
  const fargate = options.context.compute === 'fargate' ? await LocalFargate.start({ say }) : undefined;
  tidy.push(async () => fargate?.stop());
  const cloud = await LocalCloud.start({
    say,
    fargate,
    signal: stopping.signal,
    ...(options.verbose && {
      onCdkLine: (line: string) => {
        console.log(`          ${line}`);
      },
    }),
  });
  tidy.push(() => cloud.stop());
  say(`local cloud is up at ${cloud.endpoint}; bootstrapping it`);
  await cloud.bootstrap();
  say('bootstrapped; synthesizing and deploying McpKit');
  const ours = fargate && {
    architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64', // images are of this machine's own programs
    baseImage: fargate.baseImages.node,
  };
  const outputs = await cloud.deploy({ stack: 'McpKit', context: { ...ours, ...options.context } });
  const url = new URL(outputs.Url ?? '');
  say(`deployed: ${url.href}`);
  if (fargate)
    say(`${fargate.tasks().length} task(s) run as ${fargate.kind === 'container' ? 'containers' : 'processes'}`);
  say(
    cloud.stubbed.length > 0
      ? `stubbed, which is recorded but not provisioned: ${cloud.stubbed.join(', ')}`
      : 'every resource type was provisioned, none stubbed',
  );
  const front = await openFront(cloud.reach(url.origin), options.port);
  tidy.push(() => front.close());
  return `${front.origin}${url.pathname}`;
}

async function serveFromLaptop(options: Options): Promise<string> {
  const server = await startLaptopServer(options.port);
  tidy.push(() => server.stop());
  void server.ended.then(() => {
    stopping.abort(new Error('the server ended'));
  });
  say(`the example is served by this machine, without a cloud, and stores in ${server.folder}`);
  return server.mcpUrl;
}

async function serve(options: Options): Promise<string> {
  if (!options.cloud) return serveFromLaptop(options);
  try {
    return await serveFromCloud(options);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    say(`the local cloud cannot run here: ${error.message}`);
    return serveFromLaptop(options);
  }
}

async function check(mcpUrl: string, era: Era): Promise<void> {
  const report = await checkWeather(mcpUrl, era);
  if (report.tools.length === 0 || report.cities.length === 0 || !report.prompt) {
    throw new Error(`the server answered without content: ${JSON.stringify(report)}`);
  }
  say(
    `checked with the official client, revision ${report.protocolVersion ?? '?'}: ${report.tools.length} tools, “${report.climate}”`,
  );
}

async function main(options: Options): Promise<void> {
  const mcpUrl = await serve(options);
  const { port } = new URL(mcpUrl);
  if (options.port !== 0 && (port || '80') !== String(options.port)) {
    say(`port ${options.port} is taken: the URL has ${port}`);
  }
  for (const era of ['modern', 'legacy'] as const) await check(mcpUrl, era);
  if (options.once) return;
  say('ready');
  console.log(`\n${clientConfiguration('weather', mcpUrl)}\n\nURL  ${mcpUrl}\nCtrl-C ends it.`);
  await new Promise((resolve) => {
    stopping.signal.addEventListener('abort', resolve, { once: true });
  });
}

async function tearDown(): Promise<void> {
  for (const step of tidy.splice(0).reverse())
    await step().catch((error: unknown) => {
      console.error(error);
    });
}

function onSignal(): void {
  if (stopping.signal.aborted) return; // npm and the terminal both pass on the same Ctrl-C
  stopping.abort(new Error('interrupted'));
}

async function run(): Promise<number> {
  let options: Options | undefined;
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${HELP}`);
    return 1;
  }
  if (!options) {
    console.log(HELP);
    return 0;
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  // With the keep-alive timer the loop lives until the signal, whatever else has ended.
  const alive = setInterval(() => undefined, 1 << 30);
  try {
    await main(options);
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 130; // ended before it was ready
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    if (stopping.signal.aborted || options.once) say('ending');
    await tearDown();
    clearInterval(alive);
  }
}

void run().then((code) => {
  process.exit(code);
});

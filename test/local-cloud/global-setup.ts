import { installPrograms } from '../support/servers/programs.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { installLocalCloud, Unavailable } from './install.ts';
import { installRuntimeClient } from './runtime-client.ts';
import { installWebAdapter } from './web-adapter/install.ts';

/**
 * Installs what the end-to-end tests need, before they are read. What this machine cannot run is told in one line each,
 * and the tests that need it are skipped.
 */
export default async function setup(): Promise<void> {
  await prepare('LOCAL_CLOUD_SKIP', 'end-to-end tests on the local cloud', installLocalCloud);
  await installPrograms((line) => process.stderr.write(`${line}\n`), ['valkey', 'redis', 'podman']);
  await prepare('CONTAINERS_SKIP', 'what only containers show, as tasks run as processes', tryContainers);
  // Both are compiled, a minute or two each, and neither keeps all cores busy.
  await Promise.all([
    prepare('RUNTIME_CLIENT_SKIP', 'the test under AWS’s own Lambda runtime client', installRuntimeClient),
    prepare('WEB_ADAPTER_SKIP', 'the tests under AWS Lambda Web Adapter; our own stand-in plays it', installWebAdapter),
  ]);
}

/** @throws {Unavailable} when no container can run, with the reason */
async function tryContainers(): Promise<string> {
  const fargate = await LocalFargate.start();
  await fargate.stop();
  if (fargate.reason !== undefined) throw new Unavailable(fargate.reason);
  return fargate.kind;
}

async function prepare(
  variable: string,
  what: string,
  install: (say: (line: string) => void) => Promise<string>,
): Promise<void> {
  const say = (line: string): void => {
    process.stderr.write(`${line}\n`);
  };
  try {
    process.env[variable.replace('_SKIP', '')] = await install(say);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    process.env[variable] = error.message;
    say(`Skipped: ${what}: ${error.message}`);
  }
}

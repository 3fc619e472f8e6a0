import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { LocalCloud } from './local-cloud.ts';
import { runToEnd } from './run.ts';

/** A deployed function, as `GetFunction` describes it, unpacked. */
export interface DeployedFunction {
  /** Folder of the unpacked asset. */
  readonly codeFolder: string;
  readonly handler: string;
  /** Such as `nodejs24.x` or `python3.13`. */
  readonly runtime: string;
  /** ARNs of the layers, which nothing unpacks. */
  readonly layers: readonly string[];
  readonly name: string;
  readonly arn: string;
  readonly memorySize: number;
  /** In seconds. */
  readonly timeout: number;
  /** The variables of the deployment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The parts of Lambda's answers that are read. */
interface Configuration {
  readonly FunctionName: string;
  readonly FunctionArn: string;
  readonly Handler: string;
  readonly Runtime: string;
  readonly MemorySize: number;
  readonly Timeout: number;
  readonly Layers?: readonly { readonly Arn: string }[];
  readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
}

/** What a function was deployed with. */
export async function environmentOf(cloud: LocalCloud, name: string): Promise<Readonly<Record<string, string>>> {
  const { Configuration: configuration } = await getFunction(cloud, name);
  return configuration.Environment?.Variables ?? {};
}

/** Downloads the asset that a function was deployed with, and unpacks it into a folder. */
export async function fetchFunction(cloud: LocalCloud, name: string, folder: string): Promise<DeployedFunction> {
  const { Configuration: configuration, Code: code } = await getFunction(cloud, name);
  const location = new URL(code.Location);
  location.hostname = '127.0.0.1'; // the emulator calls itself localhost, which may mean ::1
  const codeFolder = join(folder, 'code');
  const archive = join(folder, 'code.zip');
  mkdirSync(codeFolder, { recursive: true });
  writeFileSync(archive, Buffer.from(await (await fetch(location)).arrayBuffer()));
  const unpacked = await runToEnd(cloud.python, [join(__dirname, 'unpack.py'), archive, codeFolder]);
  if (unpacked.code !== 0) throw new Error(`the asset of ${name} does not unpack: ${unpacked.output}`);
  return {
    codeFolder,
    handler: configuration.Handler,
    runtime: configuration.Runtime,
    layers: (configuration.Layers ?? []).map(({ Arn }) => Arn),
    name: configuration.FunctionName,
    arn: configuration.FunctionArn,
    memorySize: configuration.MemorySize,
    timeout: configuration.Timeout,
    environment: configuration.Environment?.Variables ?? {},
  };
}

/** Lambda's GetFunction. The emulator takes it unsigned; the SDK's Lambda client would be a dependency for this alone. */
async function getFunction(
  cloud: LocalCloud,
  name: string,
): Promise<{ readonly Configuration: Configuration; readonly Code: { readonly Location: string } }> {
  const answer = await fetch(`${cloud.endpoint}/2015-03-31/functions/${encodeURIComponent(name)}`);
  if (!answer.ok) throw new Error(`GetFunction ${name}: ${answer.status}`);
  return (await answer.json()) as Awaited<ReturnType<typeof getFunction>>;
}

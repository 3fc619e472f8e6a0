import { App, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { RuntimePart } from '../lib/code/runtime-part.ts';
import { McpCode } from '../lib/index.ts';
import { BASE_IMAGES } from '../test/local-cloud/fargate/base-images.ts';
import { openEngine } from '../test/local-cloud/fargate/engine.ts';
import { podman } from '../test/local-cloud/fargate/podman.ts';
import { findProgram, installPrograms } from '../test/support/servers/programs.ts';

const PARTS = [RuntimePart.DYNAMODB_STORE, RuntimePart.SECRETS_MANAGER_KEY_RING];
const X86 = process.arch === 'x64' ? lambda.Architecture.X86_64 : lambda.Architecture.ARM_64;

/** Prints what the images of a TypeScript and of a FastMCP server with DynamoDB weigh: their own layers, and with a base. */
export async function printImageSizes(python: string): Promise<void> {
  await installPrograms(console.error, ['podman']);
  const engine = await openEngine(findProgram('podman'), python);
  const version = spawnSync(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
  const codes = {
    TypeScript: McpCode.typescript({ entry: join(__dirname, 'fixtures', 'lookup-server.ts') }),
    FastMCP: McpCode.fastmcp({
      directory: join(__dirname, 'fixtures', 'fastmcp'),
      app: 'lookup:mcp',
      python: new lambda.Runtime(`python${version.stdout.trim()}`, lambda.RuntimeFamily.PYTHON),
    }),
  };
  console.log('\nImages of a server with DynamoDB (MiB)');
  try {
    for (const [language, code] of Object.entries(codes)) {
      const folder = sourceOf(code);
      const own = `${mebibytes('du', ['-sb', folder])} own files, ${compressed(folder)} compressed`;
      const base = language === 'FastMCP' ? BASE_IMAGES.python : BASE_IMAGES.node;
      if (!engine.podman) {
        console.log(`  ${language}: ${own}; not built: ${engine.reason ?? ''}`);
        continue;
      }
      const builder = engine.podman;
      const tag = `localhost/bench/${language.toLowerCase()}`;
      const flags = ['--pull=never', '--network=host', '--build-arg', `BASE_IMAGE=${base}`, '--tag', tag];
      const built = await podman(engine.podman, ['build', ...flags, folder]);
      if (built.code !== 0) throw new Error(built.output.slice(-2000));
      const size = async (image: string): Promise<string> => {
        const { output } = await podman(builder, ['image', 'inspect', '--format', '{{.Size}}', image]);
        return (Number(output.trim()) / 2 ** 20).toFixed(1);
      };
      console.log(
        `  ${language}: ${own}; built ${await size(tag)} on a base of ${await size(base)} of this machine's parts`,
      );
    }
  } finally {
    rmSync(engine.folder, { recursive: true, force: true });
  }
}

/** The folder that the CDK would have an image built from. */
function sourceOf(code: McpCode): string {
  const outdir = mkdtempSync(join(tmpdir(), 'bench-images-'));
  process.on('exit', () => {
    rmSync(outdir, { recursive: true, force: true });
  });
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Images');
  const task = new ecs.FargateTaskDefinition(stack, 'Task');
  task.addContainer('server', { image: code.bindContainer(stack, { parts: PARTS, architecture: X86 }).image });
  app.synth();
  const assets = JSON.parse(readFileSync(join(outdir, 'Images.assets.json'), 'utf8')) as {
    readonly dockerImages: Readonly<Record<string, { readonly source: { readonly directory: string } }>>;
  };
  const [image] = Object.values(assets.dockerImages);
  return join(outdir, image?.source.directory ?? '');
}

function mebibytes(command: string, args: readonly string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: 'utf8' });
  return (Number(stdout.split('\t')[0]) / 2 ** 20).toFixed(1);
}

/** As a registry keeps a layer. */
function compressed(folder: string): string {
  const { stdout } = spawnSync('sh', ['-c', 'tar -C "$0" -cf - . | gzip -6 | wc -c', folder], { encoding: 'utf8' });
  return (Number(stdout) / 2 ** 20).toFixed(1);
}

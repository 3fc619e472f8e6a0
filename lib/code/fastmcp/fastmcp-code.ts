import { DockerImage, FileSystem, Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { createHash } from 'node:crypto';

import { dockerfile, writeDockerfile } from '../dockerfile.ts';
import { platformOf } from '../image-platform.ts';
import type { McpCodeBindOptions, McpCodeConfig, McpContainerConfig } from '../mcp-code.ts';
import { adapterLayer } from './adapter-layer.ts';
import { checkApp } from './app-object.ts';
import { findPython } from './bytecode.ts';
import type { ServerParts } from './bundle-folder.ts';
import { hashOfServer, serveCommand, writeServer } from './bundle-folder.ts';
import { cachedFolder } from './cache-folder.ts';
import { pythonKit } from './python-kit.ts';
import { refuseHolesOfPins } from './refuse-holes.ts';
import { readRequirements } from './requirements.ts';
import { serverFiles } from './server-files.ts';
import { environmentOf, HOST_SETTINGS, SETTINGS } from './settings.ts';
import { refuseOversized } from './size-limit.ts';
import { refuseSyntaxErrors } from './syntax.ts';
import { pythonVersion } from './target.ts';
import { vendor } from './vendor.ts';

/** Properties of `McpCode.fastmcp()`. */
export interface FastMcpCodeProps {
  /** Folder of the server: a path, absolute or relative to the folder that the CDK runs in. */
  readonly directory: string;
  /** The FastMCP object in it, as `module:object`: `server:mcp` for `mcp = FastMCP(…)` in `server.py`. */
  readonly app: string;
  /**
   * Requirements file with the packages of the server, `fastmcp` among them: a path relative to `directory`.
   *
   * @default 'requirements.txt'
   */
  readonly requirements?: string;
  /**
   * Python to run on.
   *
   * @default lambda.Runtime.PYTHON_3_13
   */
  readonly python?: lambda.Runtime;
  /**
   * Files and folders of `directory` to leave out, by name or by path relative to it.
   *
   * @default - virtual environments, caches, version control, and what holds secrets, such as `.env`
   */
  readonly exclude?: string[];
  /**
   * Image that the image of a container begins with: one with this Python as `python`, and glibc 2.34 or newer.
   *
   * @default 'public.ecr.aws/docker/library/python:3.13-slim'
   */
  readonly baseImage?: string;
  /**
   * Layer with AWS Lambda Web Adapter, for the architecture of the compute.
   *
   * @default - the one that AWS publishes in the commercial regions, with adapter 0.9.1
   */
  readonly adapterLayer?: lambda.ILayerVersion;
}

const DEFAULT_PYTHON = lambda.Runtime.PYTHON_3_13;
const DEFAULT_REQUIREMENTS = 'requirements.txt';
/** Port of the container; nothing else runs in it. */
const CONTAINER_PORT = 8080;

/** @throws Error when the folder, the object, the requirements or the Python cannot work; packages are not installed yet */
export function checkFastMcp(props: FastMcpCodeProps): void {
  const directory = checkApp(props.directory, props.app);
  pythonVersion(props.python ?? DEFAULT_PYTHON);
  const { packages, path } = readRequirements(directory, props.requirements ?? DEFAULT_REQUIREMENTS);
  if (!packages.some(({ name }) => name === 'fastmcp' || name === 'fastmcp-slim')) {
    throw new Error(
      `${path} does not ask for fastmcp, which app ${JSON.stringify(props.app)} needs: add fastmcp>=4,<5`,
    );
  }
  refuseHolesOfPins(packages, path);
}

/** @internal */
export function bindFastMcp(props: FastMcpCodeProps, scope: Construct, options: McpCodeBindOptions): McpCodeConfig {
  const required = Stack.of(scope).bundlingRequired;
  const parts = required ? partsOf(props, options) : undefined;
  if (parts) refuseOversized(parts);
  return {
    code: lambda.Code.fromAsset(props.directory, {
      assetHash: parts ? hashOfServer(parts) : hashOfUnbundled(props),
      bundling: {
        image: DockerImage.fromRegistry('bundled-without-docker'),
        local: {
          tryBundle(folder: string): boolean {
            if (parts) writeServer(parts, folder);
            return true;
          },
        },
      },
    }),
    handler: 'run.sh',
    runtime: props.python ?? DEFAULT_PYTHON,
    layers: [props.adapterLayer ?? adapterLayer(scope, options.architecture)],
    environment: environmentOf(SETTINGS),
    fixedEnvironment: environmentOf(HOST_SETTINGS.lambda),
  };
}

/** @internal */
export function bindFastMcpContainer(
  props: FastMcpCodeProps,
  scope: Construct,
  options: McpCodeBindOptions,
): McpContainerConfig {
  return {
    image: ecs.ContainerImage.fromAsset(imageFolderOf(props, scope, options), {
      buildArgs: props.baseImage === undefined ? undefined : { BASE_IMAGE: props.baseImage },
      platform: platformOf(options.architecture),
    }),
    port: CONTAINER_PORT,
    healthPath: '/health',
    command: serveCommand(props.app),
    environment: environmentOf(SETTINGS),
    fixedEnvironment: environmentOf(HOST_SETTINGS.container),
  };
}

function partsOf(props: FastMcpCodeProps, { parts, architecture }: McpCodeBindOptions): ServerParts {
  const directory = checkApp(props.directory, props.app);
  const version = pythonVersion(props.python ?? DEFAULT_PYTHON);
  const python = findPython(version);
  const files = serverFiles(directory, props.exclude);
  if (python !== undefined) refuseSyntaxErrors(python, version, directory, files);
  const own = readRequirements(directory, props.requirements ?? DEFAULT_REQUIREMENTS);
  const kit = pythonKit(parts);
  const vendored = vendor({
    files: [own.path, ...kit.files],
    texts: [own.text, ...kit.texts],
    target: { version, architecture },
  });
  return { directory, app: props.app, files, kit, vendored };
}

/** A folder that an image is built from: the server, and a Dockerfile that copies it. */
function imageFolderOf(props: FastMcpCodeProps, scope: Construct, options: McpCodeBindOptions): string {
  const base = `public.ecr.aws/docker/library/python:${pythonVersion(props.python ?? DEFAULT_PYTHON)}-slim`;
  const lines = ['PYTHONPATH=vendor', 'PYTHONUNBUFFERED=1', 'PYTHONDONTWRITEBYTECODE=1'].map((line) => `ENV ${line}`);
  const image = { base, lines, command: serveCommand(props.app), folders: options.folders };
  if (!Stack.of(scope).bundlingRequired) {
    const folder = FileSystem.mkdtemp('mcp-image-');
    writeDockerfile(folder, image);
    return folder;
  }
  const parts = partsOf(props, options);
  const key = createHash('sha256').update(hashOfServer(parts)).update(dockerfile(image)).digest('hex').slice(0, 40);
  return cachedFolder('images', key, (folder) => {
    writeServer(parts, folder);
    writeDockerfile(folder, image);
  });
}

/** Stacks that are not deployed get no packages, as with functions of the CDK. */
function hashOfUnbundled({ directory, app }: FastMcpCodeProps): string {
  return createHash('sha256')
    .update(JSON.stringify([directory, app]))
    .digest('hex');
}

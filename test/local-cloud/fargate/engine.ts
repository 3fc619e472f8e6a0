import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Found } from '../../support/servers/programs.ts';
import { lastLine, Unavailable } from '../install.ts';
import { BASE_IMAGES, makeBaseImages } from './base-images.ts';
import { type Podman, podman, podmanIn } from './podman.ts';

/** What tasks run in: containers, or processes where there can be none. */
export interface Engine {
  /** Where everything that is started here is kept. */
  readonly folder: string;
  /** Runs containers. @default - processes take their place */
  readonly podman?: Podman;
  /** Why no container can run. @default - they can */
  readonly reason?: string;
}

/** What docker.mjs finds in the variable of this name. */
export const IMAGES_VARIABLE = 'LOCAL_FARGATE_IMAGES';

/** `process` has tasks run as processes even where containers could. */
export const ENGINE_VARIABLE = 'LOCAL_FARGATE_ENGINE';

/** @param python of the local cloud, which the Python image is made of */
export async function openEngine(found: Found, python: string): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'local-fargate-'));
  if (process.env[ENGINE_VARIABLE] === 'process') return { folder, reason: `${ENGINE_VARIABLE}=process` };
  if (process.platform !== 'linux') return { folder, reason: `containers need Linux, this is ${process.platform}` };
  if (process.getuid?.() !== 0) return { folder, reason: 'containers need the user root here' };
  if (found.program === undefined) return { folder, reason: found.missing };
  try {
    const base = await makeBaseImages(found.program, python);
    const engine = podmanIn(folder, found.program, base);
    const trial = ['run', '--rm', '--pull', 'never', '--network', 'host', '--memory', '64m', BASE_IMAGES.node];
    const { code, output } = await podman(engine, [...trial, 'node', '--version']);
    if (code !== 0) throw new Unavailable(`podman cannot run a container: ${lastLine(output)}`);
    return { folder, podman: engine };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return { folder, reason: error.message };
  }
}

/** What docker.mjs has to know. */
export function forDocker({ podman: program, folder }: Engine): string {
  return JSON.stringify({
    images: join(folder, 'images'),
    podman: program && { path: program.path, env: program.env },
  });
}

/** The folder and the Dockerfile that an image would have been made of, where no container can run. */
export function sourceOf({ folder }: Engine, image: string): { readonly folder: string; readonly file: string } {
  try {
    const note = join(folder, 'images', createHash('sha256').update(image).digest('hex'));
    return JSON.parse(readFileSync(note, 'utf8')) as { folder: string; file: string };
  } catch {
    throw new Error(
      `CannotPullContainerError: no image ${image} was built here, and there is no registry to pull it from`,
    );
  }
}

/** A folder with the interpreters by the names that images give them. */
export function interpreters({ folder }: Engine, python: string): string {
  const path = join(folder, 'interpreters');
  if (mkdirSync(path, { recursive: true }) !== undefined) {
    symlinkSync(process.execPath, join(path, 'node'));
    for (const name of ['python', 'python3']) symlinkSync(python, join(path, name));
  }
  return path;
}

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { killGroup, runToEnd } from '../run.ts';
import type { LaunchProps } from './container-task.ts';
import { type Engine, interpreters, sourceOf } from './engine.ts';
import type { Launched } from './task.ts';

/**
 * Runs the command of a task as a process, in the folder that its image would have been made of. Neither the user nor the
 * file systems nor the memory of the task are as deployed: only its command, environment, secrets and signals.
 *
 * @param python of the local cloud
 * @throws Error when the image was not built here, says no command, or needs a file system of EFS
 */
export function launchProcess(engine: Engine, props: LaunchProps, python: string): Launched {
  const { definition } = props;
  const shared = definition.mounts.find(({ fileSystem }) => fileSystem !== undefined);
  if (shared) throw new Error(`volume "${shared.volume}" is on EFS, which takes a container: ${engine.reason ?? ''}`);
  const source = sourceOf(engine, definition.image);
  const image = readDockerfile(readFileSync(source.file, 'utf8'));
  const entryPoint = definition.entryPoint ?? image.entryPoint;
  const [command, ...args] = [...entryPoint, ...(definition.command ?? (definition.entryPoint ? [] : image.command))];
  if (command === undefined)
    throw new Error(`CannotStartContainerError: neither the task nor ${source.file} names a command`);
  const env = { ...image.environment, ...props.environment };
  const path = `${interpreters(engine, python)}:${process.env.PATH ?? ''}`;
  const options = {
    cwd: source.folder,
    env: { TMPDIR: engine.folder, HOME: join(engine.folder, 'home'), ...env, PATH: path },
  };
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  return {
    child,
    pid: () => child.pid,
    kill: () => {
      killGroup(child.pid, 'SIGKILL');
      return Promise.resolve();
    },
    check: async ([kind = '', ...words], timeout) => {
      const [program = '', ...rest] = kind === 'CMD' ? words : ['/bin/sh', '-c', words.join(' ')];
      const signal = AbortSignal.timeout(timeout * 1000);
      return runToEnd(program, rest, { ...options, signal }).then(
        ({ code, output }) => ({ passed: code === 0, output }),
        (error: unknown) => ({ passed: false, output: String(error) }),
      );
    },
    remove: () => {
      killGroup(child.pid, 'SIGKILL'); // what it has started ends with it, as in a container
      return Promise.resolve();
    },
  };
}

interface ImageConfig {
  readonly environment: Readonly<Record<string, string>>;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
}

/** What a Dockerfile says about how to run: ENV, ENTRYPOINT and CMD, the last two as lists. */
function readDockerfile(text: string): ImageConfig {
  const lines = text.replace(/\\\n/g, ' ').split('\n');
  const last = (instruction: string): readonly string[] => {
    const line = lines.findLast((candidate) => candidate.toUpperCase().startsWith(`${instruction} `));
    const value = line?.slice(instruction.length + 1).trim() ?? '[]';
    return value.startsWith('[') ? (JSON.parse(value) as string[]) : ['/bin/sh', '-c', value];
  };
  const environment = lines
    .filter((line) => /^ENV /i.test(line))
    .flatMap((line) => [...line.slice(4).matchAll(/(\w+)=("[^"]*"|\S*)/g)])
    .map(([, name = '', value = '']) => [name, value.replace(/^"|"$/g, '')] as const)
    .filter(([name]) => name !== 'PATH');
  return { environment: Object.fromEntries(environment), entryPoint: last('ENTRYPOINT'), command: last('CMD') };
}

#!/usr/bin/env node
// What the CDK CLI calls in place of Docker (CDK_DOCKER). Images are built by the podman of the local cloud and stay in
// its storage, which is the registry here; where no container can run, an image is a note of what was to be built.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** @type {{ podman?: { path: string, env: Record<string, string> }, images: string }} */
const engine = JSON.parse(process.env.LOCAL_FARGATE_IMAGES ?? '{}');

function main([command, ...args]) {
  if (engine.images === undefined) return fail('no container engine: give the local cloud a LocalFargate');
  if (command === 'login') {
    readFileSync(0); // the password: the registry of the emulator has none to keep
    return 0;
  }
  if (command === 'build')
    return engine.podman ? podman(['build', '--pull=never', '--network=host', ...args]) : note(args);
  if (command === 'inspect') return has(args[0]) ? 0 : 1;
  if (command === 'tag') {
    if (engine.podman) return podman(['tag', ...args]);
    if (!has(args[0])) return fail(`no image ${args[0]}`);
    writeFileSync(noteOf(args[1]), readFileSync(noteOf(args[0])));
    return 0;
  }
  if (command === 'push') return has(args[0]) ? 0 : fail(`no image ${args[0]}: build it first`);
  if (command === 'images') return engine.podman ? podman(['images', ...args]) : 0;
  return fail(`"${command}" is not played by the local cloud: login, build, tag, push, inspect and images are`);
}

function podman(args, stdio = 'inherit') {
  const { error, status } = spawnSync(engine.podman.path, args, { env: engine.podman.env, stdio });
  return error ? fail(error.message) : (status ?? 1);
}

function has(tag) {
  return engine.podman ? podman(['image', 'exists', tag], 'ignore') === 0 : existsSync(noteOf(tag));
}

/** Without an engine: which folder and which Dockerfile an image would have been made of. */
function note(args) {
  const value = (flag) => args[args.indexOf(flag) + 1];
  const file = resolve(args.includes('--file') ? value('--file') : 'Dockerfile');
  if (!existsSync(file)) return fail(`no ${file}: write a Dockerfile`);
  mkdirSync(engine.images, { recursive: true });
  writeFileSync(noteOf(value('--tag')), JSON.stringify({ folder: process.cwd(), file }));
  return 0;
}

function noteOf(tag) {
  return join(engine.images, createHash('sha256').update(tag).digest('hex'));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  return 1;
}

process.exitCode = main(process.argv.slice(2));

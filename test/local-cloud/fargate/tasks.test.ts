import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

import { describeOnCloud } from '../available.ts';
import { buildProbe, deployByHand } from './by-hand.ts';
import { ENGINE_VARIABLE } from './engine.ts';
import { LocalFargate } from './local-fargate.ts';

jest.setTimeout(60_000);

// After the words of ECS, what a task printed and answered is the emulation's: AWS shows neither to CloudFormation.
describeOnCloud.each(['container', 'process'])('tasks, each as a %s where the machine can', (engine) => {
  let fargate: LocalFargate;
  const told: string[] = [];

  beforeAll(async () => {
    if (engine === 'process') process.env[ENGINE_VARIABLE] = 'process';
    fargate = await LocalFargate.start({ say: (line) => told.push(line) });
    buildProbe(fargate);
  });
  afterAll(async () => {
    Reflect.deleteProperty(process.env, ENGINE_VARIABLE);
    await fargate.stop();
  });
  const ask = async (): Promise<unknown> => (await fetch(fargate.reach('http://probe.elb.amazonaws.com/'))).json();

  test('processes are told, with the reason', () => {
    const reasons = told.filter((line) => line.startsWith('tasks run as processes, not in containers: '));
    expect(reasons).toHaveLength(fargate.kind === 'process' ? 1 : 0);
    if (engine === 'process') expect(fargate.reason).toBe('LOCAL_FARGATE_ENGINE=process');
  });

  test('one whose image was never built is refused', async () => {
    const image = { Image: 'nowhere:1' };
    await expect(deployByHand(fargate, 'none', image)).rejects.toThrow(
      'CannotPullContainerError: no image nowhere:1 was built here, and there is no registry to pull it from',
    );
  });

  test('one that ends at once fails its service with the exit code and what it printed', async () => {
    await expect(deployByHand(fargate, 'dead')).rejects.toThrow(
      /Circuit Breaker was triggered: 3 tasks failed, the last: Essential container in task exited, exit code 1; its last lines:[^]*no configuration for release dead/,
    );
    expect(fargate.tasks()).toEqual([]);
  });

  test('one whose own health check fails is stopped, with what the check said', async () => {
    const HealthCheck = { Command: ['CMD-SHELL', 'echo the disk is full; exit 1'], Interval: '5', Retries: '1' };
    await expect(deployByHand(fargate, 'unwell', { HealthCheck })).rejects.toThrow(
      /failed container health checks: CMD-SHELL echo the disk is full; exit 1: the disk is full/,
    );
    const Passing = { Command: ['CMD', 'node', '--version'], Interval: '5', Timeout: '10' };
    await deployByHand(fargate, 'well', { HealthCheck: Passing });
    expect(fargate.tasks().map(({ health }) => health)).toEqual(['HEALTHY']);
  });

  test('one that ignores SIGTERM gets SIGKILL after its stop timeout', async () => {
    const server = 'require("http").createServer((_, r) => r.end("{}")).listen(process.env.PORT, process.env.HOST)';
    const stubborn = ['node', '-e', `process.on("SIGTERM", () => console.log("no")); ${server}`];
    await deployByHand(fargate, 'stubborn', { Command: stubborn, StopTimeout: '1' });
    const [task] = fargate.tasks();
    await deployByHand(fargate, 'next');
    expect(task!.log).toEqual(['no', '[SIGKILL: it did not end within 1 s after SIGTERM]']);
    expect(task!.exitCode).toBe(137);
    expect(await ask()).toMatchObject({ release: 'next' });
  });

  test('scaling starts and stops tasks', async () => {
    const service = fargate.service();
    await service.scale(2);
    expect(new Set(fargate.tasks().map(({ address, port }) => `${address}:${port}`)).size).toBe(2);
    await service.scale(1);
    expect(fargate.tasks()).toHaveLength(1);
    expect(await ask()).toMatchObject({ release: 'next' });
  });

  test('a volume of its own is as the image has it, or root’s; one of EFS is shared', async () => {
    const mount = (SourceVolume: string, ContainerPath: string): object => ({ SourceVolume, ContainerPath });
    const MountPoints = [mount('own', '/own'), mount('shared', '/efs')];
    const deployed = deployByHand(fargate, 'mounted', {
      MountPoints,
      User: '1000:1000',
      ReadonlyRootFilesystem: 'true',
    });
    if (fargate.kind === 'process') {
      await expect(deployed).rejects.toThrow(
        'volume "shared" is on EFS, which takes a container: LOCAL_FARGATE_ENGINE=process',
      );
      return;
    }
    await deployed;
    expect(await ask()).toMatchObject({ places: { root: false, tmp: true, own: false, efs: true } });
  });

  test('an image that cannot be built says why', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bad-image-'));
    try {
      expect(() => buildProbe(fargate, 'bad:1', folder)).toThrow('Dockerfile');
      writeFileSync(
        join(folder, 'Dockerfile'),
        'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo the cause >&2 && exit 7\n',
      );
      if (fargate.kind === 'container')
        expect(() => buildProbe(fargate, 'bad:1', folder)).toThrow(/the cause[^]*exit status 7/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('none outlives the process that started it, even when that is killed', async () => {
    const owner = spawn(process.execPath, ['--import', 'tsx', join(__dirname, 'outliving.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
    expect([isAlive(pid), existsSync(folder)]).toEqual([true, true]);
    owner.kill('SIGKILL');
    while (isAlive(pid) || existsSync(folder)) await sleep(100);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

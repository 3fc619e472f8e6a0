import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describeOnCloud, testInContainers } from './available.ts';
import { LocalFargate } from './fargate/local-fargate.ts';
import { CdkError, LocalCloud } from './local-cloud.ts';
import { ROOT } from './paths.ts';

jest.setTimeout(60_000);

const PROBE = join(__dirname, 'fargate', 'probe');
const APP = `${join(ROOT, 'node_modules', '.bin', 'tsx')} ${join(__dirname, 'fargate-app.ts')}`;

interface Answer {
  readonly release: string;
  readonly secret: number;
  readonly uid: number;
  readonly pid: number;
  readonly places: { readonly root: boolean; readonly tmp: boolean };
  readonly headers: Readonly<Record<string, string>>;
}

describeOnCloud('a service of containers on the local cloud', () => {
  let fargate: LocalFargate;
  let cloud: LocalCloud;
  let url: string;

  const deploy = (release: string, image = PROBE): Promise<Readonly<Record<string, string>>> =>
    cloud.deploy({ stack: 'Containers', app: APP, context: { release, image, baseImage: fargate.baseImages.node } });
  const ask = async (): Promise<Answer> => (await (await fetch(url)).json()) as Answer;
  const failure = async (deployment: Promise<unknown>): Promise<string> => {
    const error: unknown = await deployment.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(CdkError);
    return (error as CdkError).output;
  };

  beforeAll(async () => {
    fargate = await LocalFargate.start();
    cloud = await LocalCloud.start({ fargate });
    await cloud.bootstrap();
    url = cloud.reach((await deploy('one')).Url ?? '');
  });
  afterAll(async () => {
    await (cloud as LocalCloud | undefined)?.stop();
    await fargate.stop();
  });

  test('runs where its tasks were said to, as what they were said to be', async () => {
    const answer = await ask();
    expect(answer).toMatchObject({ release: 'one', secret: 32 });
    expect(answer.headers).toMatchObject({
      host: expect.stringContaining('.elb.amazonaws.com') as unknown,
      'x-forwarded-proto': 'http',
      'x-forwarded-port': '80',
      'x-forwarded-for': '127.0.0.1',
    });
    if (fargate.kind === 'container') {
      expect(answer).toMatchObject({ uid: 1000, pid: 1, places: { root: false, tmp: true } });
      expect(fargate.tasks().every(({ containerId }) => containerId?.length === 64)).toBe(true);
    }
    expect(fargate.tasks().map(({ address }) => address)).not.toContain('0.0.0.0');
    for (const task of fargate.tasks()) expect(task.memory()).toBeGreaterThan(10_000_000);
    expect(cloud.stubbed).toEqual([
      'AWS::ApplicationAutoScaling::ScalableTarget',
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      'AWS::EC2::SecurityGroupEgress',
      'AWS::EC2::SecurityGroupIngress',
    ]);
  });

  test('both tasks are asked', async () => {
    const targets = [...fargate.service().members].flatMap((member) => member.targets.map(({ target }) => target));
    const requests = targets.map((target) => target.requests);
    for (let index = 0; index < 4; index++) await ask();
    expect(targets.map((target, index) => target.requests - requests[index]!)).toEqual([2, 2]);
  });

  test('streams both ways', async () => {
    const pieces = await new Promise<number>((resolve, reject) => {
      get(`${url}stream`, (answer) => {
        let count = 0;
        answer.on('data', () => count++);
        answer.on('end', () => {
          resolve(count);
        });
      }).on('error', reject);
    });
    expect(pieces).toBeGreaterThan(2);
    const echo = await fetch(`${url}echo`, { method: 'POST', body: 'x'.repeat(100_000) });
    expect((await echo.text()).length).toBe(100_000);
  });

  test('a task that is killed is replaced', async () => {
    const [victim] = fargate.tasks();
    await victim!.kill();
    expect(victim!.exitCode).toBe(137);
    while (fargate.tasks().some(({ id }) => id === victim!.id)) await sleep(50);
    await fargate.service().scale(2);
    expect(fargate.tasks()).toHaveLength(2);
    expect((await ask()).release).toBe('one');
  });

  test('a new version is rolled out under load: no call fails, no stream is cut', async () => {
    const old = fargate.tasks().map(({ id }) => id);
    const seen = new Set<string>();
    const problems: unknown[] = [];
    let rolling = true;
    const call = async (): Promise<void> => {
      while (rolling) {
        await ask().then(
          ({ release }) => seen.add(release),
          (error: unknown) => problems.push(error),
        );
      }
    };
    const stream = async (): Promise<void> => {
      while (rolling) {
        const text = await (await fetch(`${url}stream`)).text();
        if (!text.endsWith('end\n')) problems.push(text);
      }
    };
    const load = [call(), call(), stream(), stream()];
    await deploy('two');
    rolling = false;
    await Promise.all(load);
    expect(problems).toEqual([]);
    expect([...seen]).toEqual(['one', 'two']);
    expect(fargate.balancers.failures).toEqual([]);
    expect(fargate.tasks().filter(({ id }) => old.includes(id))).toEqual([]);
  });

  test('a version whose tasks are unhealthy is given up, with what they answered; the one before stays', async () => {
    const output = await failure(deploy('sick'));
    expect(output).toContain('ECS Deployment Circuit Breaker was triggered');
    // The path and the body are the emulation's: AWS reports the code only, in the events of the service.
    expect(output).toContain('health checks failed with these codes: [500] the store is not reachable');
    expect(output).toContain('UPDATE_ROLLBACK_COMPLET');
    expect((await ask()).release).toBe('two');
    expect(fargate.tasks()).toHaveLength(2);
  });

  testInContainers('an image that cannot be built fails the deployment, with what was printed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bad-image-'));
    writeFileSync(join(folder, 'Dockerfile'), 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo the cause >&2 && exit 7\n');
    const output = await failure(deploy('three', folder));
    rmSync(folder, { recursive: true });
    expect(output).toContain('the cause');
    expect((await ask()).release).toBe('two');
  });

  test('destroy ends all tasks, politely', async () => {
    const tasks = fargate.tasks();
    await cloud.destroy('Containers');
    expect(fargate.tasks()).toEqual([]);
    expect(tasks.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(tasks.map(({ log }) => log.at(-1))).toEqual(['SIGTERM', 'SIGTERM']);
  });
});

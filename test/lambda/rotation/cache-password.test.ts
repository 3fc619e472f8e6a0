import type { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import { CachePasswordRotation } from '../../../lambda/rotation/cache-password.ts';

const SECRET = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:Password-AbCdEf';
const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: Record<string, unknown>;
}

/** Secrets Manager and ElastiCache as far as a rotation sees them: versions by stage, and one user with passwords. */
class Cloud {
  readonly versions = new Map([
    ['v1', { text: JSON.stringify({ username: 'weather', password: 'first' }), stages: ['AWSCURRENT'] }],
  ]);
  readonly user = { passwords: ['first'], type: 'password', busy: 0 };
  readonly calls: string[] = [];
  made = 0;
  /** Calls that do what they are asked, and then fail as if the answer had been lost. */
  lose: string | undefined;

  readonly rotation = new CachePasswordRotation({
    secrets: this.client<SecretsManagerClient>(),
    users: this.client<ElastiCacheClient>(),
    pollMs: 1,
  });

  async rotate(token: string): Promise<void> {
    for (const step of STEPS) await this.step(step, token);
  }

  step(step: string, token: string): Promise<void> {
    return this.rotation.run({ Step: step, SecretId: SECRET, ClientRequestToken: token });
  }

  current(): unknown {
    return JSON.parse(this.staged('AWSCURRENT')?.text ?? '{}');
  }

  private client<T>(): Pick<T & { send: unknown }, 'send'> {
    const send = (command: Command): Promise<unknown> => {
      const name = command.constructor.name.replace('Command', '');
      this.calls.push(name);
      const answer = this.answer(name, command.input);
      if (this.lose === name) {
        this.lose = undefined;
        return Promise.reject(new Error('the answer was lost'));
      }
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    };
    return { send } as unknown as Pick<T & { send: unknown }, 'send'>;
  }

  private staged(stage: string) {
    return [...this.versions.values()].find(({ stages }) => stages.includes(stage));
  }

  private answer(name: string, input: Record<string, unknown>): unknown {
    switch (name) {
      case 'GetSecretValue': {
        const version = this.staged(input.VersionStage as string);
        const named = input.VersionId === undefined ? version : this.versions.get(input.VersionId as string);
        if (version && named === version) return { SecretString: version.text };
        return Object.assign(new Error('no such version'), { name: 'ResourceNotFoundException' });
      }
      case 'GetRandomPassword':
        this.made += 1;
        expect(input).toEqual({ PasswordLength: 64, ExcludePunctuation: true });
        return { RandomPassword: `random-${this.made}` };
      case 'PutSecretValue':
        this.versions.set(input.ClientRequestToken as string, {
          text: input.SecretString as string,
          stages: input.VersionStages as string[],
        });
        return {};
      case 'DescribeSecret':
        return {
          VersionIdsToStages: Object.fromEntries([...this.versions].map(([id, { stages }]) => [id, stages])),
        };
      case 'UpdateSecretVersionStage': {
        const old = this.versions.get(input.RemoveFromVersionId as string)!;
        old.stages = ['AWSPREVIOUS'];
        this.versions.get(input.MoveToVersionId as string)!.stages = [input.VersionStage as string];
        return {};
      }
      case 'DescribeUsers': {
        const status = this.user.busy > 0 ? 'modifying' : 'active';
        this.user.busy -= 1;
        return input.UserId === 'weather'
          ? { Users: [{ Status: status, Authentication: { Type: this.user.type } }] }
          : { Users: [] };
      }
      case 'ModifyUser': {
        expect(input.UserId).toBe('weather');
        this.user.passwords = (input.AuthenticationMode as { Passwords: string[] }).Passwords;
        this.user.busy = 2;
        return {};
      }
      default:
        throw new Error(`unexpected call ${name}`);
    }
  }
}

test('a rotation makes a new password, and the user keeps the one before', async () => {
  const cloud = new Cloud();
  await cloud.rotate('v2');
  expect(cloud.current()).toEqual({ username: 'weather', password: 'random-1' });
  expect(cloud.user.passwords).toEqual(['first', 'random-1']);
});

test('the next rotation takes away the oldest only', async () => {
  const cloud = new Cloud();
  await cloud.rotate('v2');
  await cloud.rotate('v3');
  expect(cloud.current()).toEqual({ username: 'weather', password: 'random-2' });
  expect(cloud.user.passwords).toEqual(['random-1', 'random-2']);
});

test('at no point of a rotation does the user lack the password that servers read', async () => {
  const cloud = new Cloud();
  for (const token of ['v2', 'v3']) {
    for (const step of STEPS) {
      await cloud.step(step, token);
      expect(cloud.user.passwords).toContain((cloud.current() as { password: string }).password);
    }
  }
});

test.each(STEPS)('%s may be repeated: nothing changes', async (repeated) => {
  const cloud = new Cloud();
  for (const step of STEPS) {
    await cloud.step(step, 'v2');
    if (step === repeated) await cloud.step(step, 'v2');
  }
  expect(cloud.made).toBe(1);
  expect(cloud.current()).toEqual({ username: 'weather', password: 'random-1' });
  expect(cloud.user.passwords).toEqual(['first', 'random-1']);
});

test.each([
  ['PutSecretValue', 'createSecret'],
  ['ModifyUser', 'setSecret'],
  ['UpdateSecretVersionStage', 'finishSecret'],
])('when the answer to %s is lost, %s is repeated and finishes', async (call, failing) => {
  const cloud = new Cloud();
  for (const step of STEPS) {
    if (step === failing) {
      cloud.lose = call;
      await expect(cloud.step(step, 'v2')).rejects.toThrow('the answer was lost');
    }
    await cloud.step(step, 'v2');
  }
  expect(cloud.current()).toEqual({ username: 'weather', password: 'random-1' });
  expect(cloud.user.passwords).toEqual(['first', 'random-1']);
});

test('a user that ElastiCache is still changing is waited for, before and after', async () => {
  const cloud = new Cloud();
  await cloud.step('createSecret', 'v2');
  cloud.user.busy = 3;
  await cloud.step('setSecret', 'v2');
  expect(cloud.calls.slice(-8)).toEqual([
    ...Array<string>(4).fill('DescribeUsers'),
    'ModifyUser',
    ...Array<string>(3).fill('DescribeUsers'),
  ]);
});

test('a user that ElastiCache never finishes is given up', async () => {
  const cloud = new Cloud();
  await cloud.step('createSecret', 'v2');
  cloud.user.busy = 1000;
  await expect(cloud.step('setSecret', 'v2')).rejects.toThrow('ElastiCache is still changing the user weather');
  expect(cloud.user.passwords).toEqual(['first']);
});

test('the trial that Secrets Manager makes when rotation is switched on passes, and changes nothing', async () => {
  const cloud = new Cloud();
  await cloud.step('testSecret', 'trial');
  expect(cloud.calls).toEqual(['GetSecretValue', 'DescribeUsers']);
});

describe('what is wrong is told without a password', () => {
  test.each<[string, string, string]>([
    ['no JSON', 'hunter2', 'the AWSCURRENT version of the secret is no JSON with a username and a password'],
    ['no object', '"hunter2"', 'is no JSON with a username and a password'],
    ['no username', '{"password":"hunter2"}', 'is no JSON with a username and a password'],
    ['another user', '{"username":"nobody","password":"hunter2"}', 'there is no user nobody'],
  ])('%s', async (_name, text, message) => {
    const cloud = new Cloud();
    cloud.versions.get('v1')!.text = text;
    const failure = cloud.step('testSecret', 'v2');
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toThrow('hunter2');
  });

  test('a new version that names another user', async () => {
    const cloud = new Cloud();
    await cloud.step('createSecret', 'v2');
    cloud.versions.get('v2')!.text = '{"username":"admin","password":"hunter2"}';
    await expect(cloud.step('setSecret', 'v2')).rejects.toThrow('the new version of the secret names another user');
    expect(cloud.user.passwords).toEqual(['first']);
  });

  test('a user that signs in otherwise', async () => {
    const cloud = new Cloud();
    cloud.user.type = 'iam';
    await expect(cloud.step('testSecret', 'v2')).rejects.toThrow('the user weather has no password');
  });

  test('a step that there is not', async () => {
    await expect(new Cloud().step('dance', 'v2')).rejects.toThrow('unknown step "dance" of a rotation');
  });
});

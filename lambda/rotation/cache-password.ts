import type { DescribeUsersCommandOutput, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { DescribeUsersCommand, ModifyUserCommand } from '@aws-sdk/client-elasticache';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { setTimeout as sleep } from 'node:timers/promises';

/** What Secrets Manager sends for each step of a rotation. It repeats a step that fails. */
export interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  /** Id of the new version. */
  readonly ClientRequestToken: string;
}

export interface CachePasswordRotationProps {
  readonly secrets: Pick<SecretsManagerClient, 'send'>;
  readonly users: Pick<ElastiCacheClient, 'send'>;
  /**
   * Milliseconds between two looks at a user that ElastiCache is still changing.
   *
   * @default 5000
   */
  readonly pollMs?: number;
}

interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Letters and digits: ElastiCache takes 16 to 128 characters, and few marks. */
const LENGTH = 64;
const CURRENT = 'AWSCURRENT';
const PENDING = 'AWSPENDING';
/** Looks at a user before a step fails, which Secrets Manager then repeats. */
const MAX_LOOKS = 40;

/**
 * Rotates the password of an ElastiCache user in four steps. The user has the old and the new password from the second step
 * until the next rotation: a server that still holds the old one is let in until it has fetched the new one.
 */
export class CachePasswordRotation {
  readonly #props: CachePasswordRotationProps;

  constructor(props: CachePasswordRotationProps) {
    this.#props = props;
  }

  /** @throws Error when the step must be repeated; no message holds a password */
  async run({ Step: step, SecretId: secretId, ClientRequestToken: token }: RotationEvent): Promise<void> {
    switch (step) {
      case 'createSecret':
        return this.#create(secretId, token);
      case 'setSecret':
        return this.#set(secretId, token);
      case 'testSecret':
        return this.#test(secretId);
      case 'finishSecret':
        return this.#finish(secretId, token);
      default:
        throw new Error(`unknown step ${JSON.stringify(step)} of a rotation`);
    }
  }

  /** A repeated step must not replace the password that the user may have been given already. */
  async #create(secretId: string, token: string): Promise<void> {
    const current = await this.#read(secretId, CURRENT);
    if (await this.#pendingExists(secretId, token)) return;
    const { RandomPassword: password } = await this.#props.secrets.send(
      new GetRandomPasswordCommand({ PasswordLength: LENGTH, ExcludePunctuation: true }),
    );
    if (password === undefined) throw new Error('Secrets Manager made no password');
    await this.#props.secrets.send(
      new PutSecretValueCommand({
        SecretId: secretId,
        ClientRequestToken: token,
        SecretString: JSON.stringify({ username: current.username, password }),
        VersionStages: [PENDING],
      }),
    );
  }

  async #set(secretId: string, token: string): Promise<void> {
    const current = await this.#read(secretId, CURRENT);
    const pending = await this.#read(secretId, PENDING, token);
    if (current.username !== pending.username) throw new Error('the new version of the secret names another user');
    await this.#settled(current.username);
    await this.#props.users.send(
      new ModifyUserCommand({
        UserId: current.username,
        AuthenticationMode: { Type: 'password', Passwords: [current.password, pending.password] },
      }),
    );
    await this.#settled(current.username);
  }

  /** The cache is in a network that this function is not in: what can be asked is whether ElastiCache has taken the change. */
  async #test(secretId: string): Promise<void> {
    const { username } = await this.#read(secretId, CURRENT);
    const user = await this.#settled(username);
    if (user.Authentication?.Type !== 'password') throw new Error(`the user ${username} has no password`);
  }

  async #finish(secretId: string, token: string): Promise<void> {
    const { VersionIdsToStages: versions = {} } = await this.#props.secrets.send(
      new DescribeSecretCommand({ SecretId: secretId }),
    );
    const [old] = Object.entries(versions).find(([, stages]) => stages.includes(CURRENT)) ?? [];
    if (old === token) return;
    await this.#props.secrets.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: CURRENT,
        MoveToVersionId: token,
        RemoveFromVersionId: old,
      }),
    );
  }

  async #pendingExists(secretId: string, token: string): Promise<boolean> {
    try {
      await this.#read(secretId, PENDING, token);
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return false;
      throw error;
    }
  }

  async #read(secretId: string, stage: string, version?: string): Promise<Credentials> {
    const { SecretString: text = '' } = await this.#props.secrets.send(
      new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage, VersionId: version }),
    );
    const { username, password } = parse(text);
    if (typeof username !== 'string' || typeof password !== 'string') {
      throw new Error(`the ${stage} version of the secret is no JSON with a username and a password`);
    }
    return { username, password };
  }

  /** The user, when ElastiCache has done what it was told: until then it takes no further change. */
  async #settled(userId: string): Promise<User> {
    for (let look = 0; look < MAX_LOOKS; look += 1) {
      if (look > 0) await sleep(this.#props.pollMs ?? 5000);
      const { Users: [user] = [] } = await this.#props.users.send(new DescribeUsersCommand({ UserId: userId }));
      if (!user) throw new Error(`there is no user ${userId}`);
      if (user.Status === 'active') return user;
    }
    throw new Error(`ElastiCache is still changing the user ${userId}`);
  }
}

type User = NonNullable<DescribeUsersCommandOutput['Users']>[number];

/** Never throws: the error of `JSON.parse` quotes the text. */
function parse(text: string): { readonly username?: unknown; readonly password?: unknown } {
  try {
    const document: unknown = JSON.parse(text);
    return typeof document === 'object' && document !== null ? document : {};
  } catch {
    return {};
  }
}

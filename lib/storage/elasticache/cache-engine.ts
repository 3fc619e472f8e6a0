/** Oldest versions whose users sign in with IAM. */
const OLDEST = { valkey: [7, 2], redis: [7, 0] } as const;

/** What a cache runs: Valkey or Redis OSS, in a version. Serverless caches take its first number. */
export class CacheEngine {
  /** Valkey 7.2. */
  static readonly VALKEY_7_2 = CacheEngine.valkey('7.2');
  /** Valkey 8.0. */
  static readonly VALKEY_8_0 = CacheEngine.valkey('8.0');
  /** Valkey 8.1. */
  static readonly VALKEY_8_1 = CacheEngine.valkey('8.1');
  /** Valkey 8.2. */
  static readonly VALKEY_8_2 = CacheEngine.valkey('8.2');
  /** Valkey 9.0: the first that can keep every acknowledged write. */
  static readonly VALKEY_9_0 = CacheEngine.valkey('9.0');
  /** Redis OSS 7.0. */
  static readonly REDIS_7_0 = CacheEngine.redis('7.0');
  /** Redis OSS 7.1. */
  static readonly REDIS_7_1 = CacheEngine.redis('7.1');

  /**
   * Valkey in a version that this class does not name yet, such as `9.1`.
   *
   * @throws Error when it is older than 7.2
   */
  static valkey(version: string): CacheEngine {
    return new CacheEngine('valkey', version);
  }

  /**
   * Redis OSS in a version that this class does not name yet.
   *
   * @throws Error when it is older than 7.0
   */
  static redis(version: string): CacheEngine {
    return new CacheEngine('redis', version);
  }

  /** `valkey` or `redis`, as CloudFormation names it. */
  readonly engineName: string;
  /** The version, such as `8.1`. */
  readonly version: string;
  /** The first number of the version, such as `8`. */
  readonly majorVersion: string;
  private readonly minor: number;

  private constructor(engineName: keyof typeof OLDEST, version: string) {
    const [, major = '', minor = ''] = /^(\d{1,2})\.(\d{1,2})$/.exec(version) ?? [];
    if (major === '') {
      throw new Error(`the version of a cache must be two numbers such as "8.1", got ${JSON.stringify(version)}`);
    }
    this.engineName = engineName;
    this.version = version;
    this.majorVersion = major;
    this.minor = Number(minor);
    const [oldestMajor, oldestMinor] = OLDEST[engineName];
    if (!this.isAtLeast(oldestMajor, oldestMinor)) {
      throw new Error(
        `${engineName} ${version} has no users that sign in with IAM: use ${oldestMajor}.${oldestMinor} or newer`,
      );
    }
  }

  /**
   * The family of its parameters, such as `valkey8`.
   *
   * @internal
   */
  get _parameterFamily(): string {
    return `${this.engineName}${this.majorVersion}`;
  }

  /**
   * How URLs of its stores begin, with TLS.
   *
   * @internal
   */
  get _scheme(): string {
    return this.engineName === 'redis' ? 'rediss' : 'valkeys';
  }

  /** Whether it is this version or a newer one. */
  isAtLeast(major: number, minor: number): boolean {
    const own = Number(this.majorVersion);
    return own > major || (own === major && this.minor >= minor);
  }
}

/** A version of Memcached. Serverless caches take its first two numbers. */
export class MemcachedVersion {
  /** 1.6.12, the first with TLS. */
  static readonly V1_6_12 = MemcachedVersion.of('1.6.12');
  /** 1.6.17. */
  static readonly V1_6_17 = MemcachedVersion.of('1.6.17');
  /** 1.6.22. */
  static readonly V1_6_22 = MemcachedVersion.of('1.6.22');

  /**
   * A version that this class does not name yet, such as `1.6.30`.
   *
   * @throws Error when it is older than 1.6.12
   */
  static of(version: string): MemcachedVersion {
    return new MemcachedVersion(version);
  }

  /** The version, such as `1.6.22`. */
  readonly version: string;
  /** The first two numbers of the version, such as `1.6`. */
  readonly majorVersion: string;

  private constructor(version: string) {
    const numbers = /^(\d{1,2})\.(\d{1,2})\.(\d{1,3})$/.exec(version)?.slice(1).map(Number);
    if (!numbers) {
      throw new Error(
        `the version of Memcached must be three numbers such as "1.6.22", got ${JSON.stringify(version)}`,
      );
    }
    const [major = 0, minor = 0, patch = 0] = numbers;
    if (major < 1 || (major === 1 && (minor < 6 || (minor === 6 && patch < 12)))) {
      throw new Error(`Memcached ${version} has no TLS on ElastiCache: use MemcachedVersion.V1_6_12 or newer`);
    }
    this.version = version;
    this.majorVersion = `${major}.${minor}`;
  }
}

/** What becomes of writes that a cache of nodes has acknowledged when its primary fails. It is settled at creation. */
export class CacheDurability {
  /** Replicas are told later: a failover loses what they were not told. */
  static readonly NONE = new CacheDurability('disabled');
  /** Written to a log in several zones after the answer: a failure loses up to 10 seconds. */
  static readonly ASYNC = new CacheDurability('async');
  /** Written to a log in several zones before the answer, which takes milliseconds: nothing is lost. */
  static readonly SYNC = new CacheDurability('sync');

  /** As CloudFormation names it. */
  readonly value: string;

  private constructor(value: string) {
    this.value = value;
  }
}

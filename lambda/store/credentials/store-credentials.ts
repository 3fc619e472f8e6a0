/** What a server asks of its clients. Never logged, never in an error. */
export interface StoreCredentials {
  readonly username?: string;
  readonly password?: string;
  /** Of Elasticsearch: the encoded form, `base64(id:key)`. */
  readonly apiKey?: string;
}

/** Where credentials come from, each time that a connection needs them. */
export interface CredentialsSource {
  /** @throws {StoreError} when they cannot be had */
  get(): Promise<StoreCredentials>;
  /**
   * Newer ones than those that the server has just refused: somebody may have rotated them.
   *
   * @returns undefined when there are none newer
   * @throws {StoreError} when they cannot be had
   */
  renew(seen: StoreCredentials): Promise<StoreCredentials | undefined>;
}

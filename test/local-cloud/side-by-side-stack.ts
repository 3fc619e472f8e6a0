import { callTool } from './check-client.ts';
import type { LocalCloud } from './local-cloud.ts';

type Context = Readonly<Record<string, string>>;

interface SideBySideStackProps {
  /** Storages of the servers, one each. */
  readonly storages: readonly string[];
  readonly cloud: () => LocalCloud;
  /** What all of them are deployed with. */
  readonly context: () => Context;
}

/** The stack of `side-by-side-app.ts`: one server for each storage, of one release. */
export class SideBySideStack {
  readonly storages: readonly string[];
  /** Those of the last deployment. */
  outputs: Readonly<Record<string, string>> = {};
  readonly #props: SideBySideStackProps;

  constructor(props: SideBySideStackProps) {
    this.storages = props.storages;
    this.#props = props;
  }

  async deploy(release: string, more: Context = {}): Promise<void> {
    const context = { ...this.#props.context(), storages: this.storages.join(','), release, ...more };
    const app = 'tsx test/local-cloud/side-by-side-app.ts';
    this.outputs = await this.#props.cloud().deploy({ stack: 'SideBySide', app, context });
  }

  urlOf(storage: string): string {
    return this.#props.cloud().reach(this.outputs[`${storage}Url`] ?? '');
  }

  call(storage: string, tool: string, args: Record<string, unknown>): Promise<string> {
    return callTool(this.urlOf(storage), tool, args);
  }

  /** Which release each server is of. */
  releases(): Promise<string[]> {
    return Promise.all(this.storages.map((storage) => this.call(storage, 'release', {})));
  }

  async destroy(): Promise<void> {
    await this.#props.cloud().destroy('SideBySide');
  }
}

import { type HttpProxy, startHttpProxy } from '../../../support/http-proxy.ts';
import { type OpenSearchProgram, startOpenSearch } from '../../../support/servers/opensearch.ts';
import type { SearchServer } from '../../../support/servers/search-node.ts';

/** An OpenSearch with a proxy before it, there while the tests of a group run. */
export interface ProxiedOpenSearch {
  readonly server: SearchServer;
  /** Reset before each test. */
  readonly proxy: HttpProxy;
}

/** To be called in a group of tests. Its members can be read by the tests, not before. */
export function proxiedOpenSearch(program: OpenSearchProgram): ProxiedOpenSearch {
  let server: SearchServer;
  let proxy: HttpProxy;
  beforeAll(async () => {
    server = await startOpenSearch(program);
    proxy = await startHttpProxy(server.url);
  }, 90_000);
  afterAll(async () => {
    await proxy.stop();
    await server.stop();
  });
  beforeEach(() => {
    proxy.reset();
  });
  return {
    get server() {
      return server;
    },
    get proxy() {
      return proxy;
    },
  };
}

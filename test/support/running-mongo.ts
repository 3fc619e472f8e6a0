import { MongoClient } from 'mongodb';

import { type MongoProxy, startMongoProxy } from './mongo-proxy.ts';
import { type MongoProgram, type MongoServer, startMongo } from './servers/mongodb.ts';

/** A MongoDB that is there while the tests of a group run. */
export interface RunningMongo {
  readonly server: MongoServer;
  /** Before the server. */
  readonly proxy: MongoProxy;
  /** Past the proxy. */
  readonly client: MongoClient;
}

/** To be called in a group of tests. Its members can be read by the tests, not before. */
export function runningMongo(program: MongoProgram): RunningMongo {
  let server: MongoServer;
  let proxy: MongoProxy;
  let client: MongoClient;
  beforeAll(async () => {
    server = await startMongo(program);
    proxy = await startMongoProxy(server.port);
    client = await new MongoClient(server.url).connect();
  });
  afterAll(async () => {
    await client.close();
    await proxy.stop();
    await server.stop();
  });
  return {
    get server() {
      return server;
    },
    get proxy() {
      return proxy;
    },
    get client() {
      return client;
    },
  };
}

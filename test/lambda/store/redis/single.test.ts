import { REDIS_COMMANDS } from '../../../../lambda/store/redis/commands.ts';
import { PrefixCollections } from '../../../../lambda/store/wrappers/prefix-collections.ts';
import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts';
import { describeWith, type ProgramName } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { storeContract } from '../contract.ts';
import { openRedis, passwordLogin, userLine } from './opening.ts';

describe.each<ProgramName>(['redis', 'valkey'])('%s', (name) => {
  describeWith(name, 'a single node with TLS and ACL', (program) => {
    let certificates: Certificates;
    let server: RedisServer;

    beforeAll(async () => {
      certificates = makeCertificates();
      const users = [userLine('kit', 'of-the-kit', '', REDIS_COMMANDS)];
      server = await startRedis(program, { certificates, users });
    });
    afterAll(async () => {
      await server.stop();
      certificates.remove();
    });

    let stores = 0;
    storeContract(`${name} with TLS and ACL`, ({ now }) => {
      const login = passwordLogin('kit', 'of-the-kit');
      const store = openRedis(`rediss://${server.address}?ca=${certificates.ca}`, { now, login });
      return new PrefixCollections(store, { prefix: `s${stores++}` });
    });
  });
});

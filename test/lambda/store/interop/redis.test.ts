import { type Certificates, makeCertificates } from '../../../support/servers/certificates.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';
import { openRedis, passwordLogin } from '../redis/opening.ts';
import { interopSuite } from './interop-suite.ts';

describeWith('redis', 'beside RedisStore', (program) => {
  let certificates: Certificates;
  let server: RedisServer;
  beforeAll(async () => {
    certificates = makeCertificates();
    server = await startRedis(program, { certificates, users: ['user kit on >of-the-kit ~* -@all +@all'] });
  });
  afterAll(async () => {
    await server.stop();
    certificates.remove();
  });

  interopSuite({
    name: 'Redis with TLS',
    open: () =>
      openRedis(`rediss://${server.address}?ca=${certificates.ca}`, { login: passwordLogin('kit', 'of-the-kit') }),
    peer: () => ({
      args: [String(server.port), certificates.ca],
      setup: `
from redis.asyncio import Redis
from key_value.aio.stores.redis import RedisStore
client = Redis(host="localhost", port=int(args[0]), username="kit", password="of-the-kit", ssl=True, ssl_ca_certs=args[1], decode_responses=True)
inner = RedisStore(client=client)`,
    }),
  });
});

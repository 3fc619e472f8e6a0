import { randomBytes } from 'node:crypto';

import { redisAdapter } from '../../../../lambda/store/adapters/redis.ts';
import type { JsonObject, KeyValueStore } from '../../../../lambda/store/key-value-store.ts';
import { FernetEncryption } from '../../../../lambda/store/wrappers/fernet-encryption.ts';
import { PrefixCollections } from '../../../../lambda/store/wrappers/prefix-collections.ts';
import { describeBesidePython, type PythonPeer, runPython } from '../../../support/python-peer.ts';
import { describeWith } from '../../../support/servers/programs.ts';
import { type RedisServer, startRedis } from '../../../support/servers/redis.ts';

/** A FastMCP server with its response cache and its OAuth proxy on one Redis, as its guide builds them. */
const SETUP = `
global Client, OAuthClientInformationFull, mcp, proxy, calls
import logging
logging.disable(logging.CRITICAL)
from cryptography.fernet import Fernet, MultiFernet
from fastmcp import Client, FastMCP
from fastmcp.server.auth import OAuthProxy
from fastmcp.server.auth.providers.jwt import StaticTokenVerifier
from fastmcp.server.middleware.caching import ResponseCachingMiddleware
from key_value.aio.stores.redis import RedisStore
from key_value.aio.wrappers.encryption import FernetEncryptionWrapper
from key_value.aio.wrappers.prefix_collections import PrefixCollectionsWrapper
from mcp.shared.auth import OAuthClientInformationFull

inner = RedisStore(url=args[0])
keys = [Fernet(key) for key in args[1:]]
cache = PrefixCollectionsWrapper(inner, prefix="notes")
state = FernetEncryptionWrapper(PrefixCollectionsWrapper(inner, prefix="notes"), fernet=MultiFernet(keys))

calls = 0
mcp = FastMCP("notes")

@mcp.tool
def climate(city: str) -> str:
    global calls
    calls += 1
    return city + ": 26 °C"

mcp.add_middleware(ResponseCachingMiddleware(cache_storage=cache))
proxy = OAuthProxy(
    upstream_authorization_endpoint="https://idp.example.com/authorize",
    upstream_token_endpoint="https://idp.example.com/token",
    upstream_client_id="kit", upstream_client_secret="kept-by-the-idp",
    token_verifier=StaticTokenVerifier({}), base_url="https://mcp.example.com",
    client_storage=state, jwt_signing_key=args[1].encode())`;

const CACHE = 'tools/call';
const CLIENTS = 'mcp-oauth-proxy-clients';

describeWith('redis', 'beside FastMCP', (program) => {
  describeBesidePython('one Redis, a FastMCP server and ours', () => {
    const keys = [randomBytes(32), randomBytes(32)];
    let server: RedisServer;
    let inner: KeyValueStore;
    let cache: KeyValueStore;
    let state: KeyValueStore;

    beforeAll(async () => {
      server = await startRedis(program);
      inner = redisAdapter.open(new URL(`redis://127.0.0.1:${server.port}`));
      cache = new PrefixCollections(inner, { prefix: 'notes' });
      state = new FernetEncryption(new PrefixCollections(inner, { prefix: 'notes' }), { keys });
    });
    afterAll(async () => {
      await inner.close();
      await server.stop();
    });

    const fastMcp = (body: string, input?: unknown): Promise<unknown> => {
      const base64 = keys.map((key) => key.toString('base64').replaceAll('+', '-').replaceAll('/', '_'));
      const peer: PythonPeer = { setup: SETUP, args: [`redis://127.0.0.1:${server.port}`, ...base64] };
      return runPython(peer, body, input);
    };
    const cachedKey = async (): Promise<string> => {
      const [name = ''] = (await server.cli('--scan', '--pattern', `notes__${CACHE}::*`)).split('\n');
      return name.slice(`notes__${CACHE}::`.length);
    };

    test('what its response cache keeps, we read, and what we put there, it answers with', async () => {
      const call = `
async with Client(mcp) as client:
    answers = [(await client.call_tool("climate", {"city": "Tokyo"})).data for _ in range(2)]
return [answers, calls]`;
      expect(await fastMcp(call)).toEqual([['Tokyo: 26 °C', 'Tokyo: 26 °C'], 1]);
      const key = await cachedKey();
      const entry = (await cache.ttl(key, { collection: CACHE }))!;
      expect(JSON.stringify(entry.value)).toContain('Tokyo: 26 °C');
      expect(entry.ttl).toBeGreaterThan(3500);
      expect(entry.ttl).toBeLessThanOrEqual(3600);

      const changed = JSON.parse(JSON.stringify(entry.value).replaceAll('26 °C', '27 °C')) as JsonObject;
      await cache.put(key, changed, { collection: CACHE, ttl: 60 });
      expect(await fastMcp(call)).toEqual([['Tokyo: 27 °C', 'Tokyo: 27 °C'], 0]);
      await cache.delete(key, { collection: CACHE });
      expect(await fastMcp(call)).toEqual([['Tokyo: 26 °C', 'Tokyo: 26 °C'], 1]);
    }, 60_000);

    test('a client that its OAuth proxy registers, encrypted, we read; one of ours it knows; one we took it does not', async () => {
      await fastMcp(`
await proxy.register_client(OAuthClientInformationFull(client_id="theirs", client_name="Café", redirect_uris=["http://localhost:1234/callback"]))`);
      const stored = await inner.get('theirs', { collection: `notes__${CLIENTS}` });
      expect(Object.keys(stored ?? {}).sort()).toEqual(['__encrypted_data__', '__encryption_version__']);
      const theirs = (await state.get('theirs', { collection: CLIENTS }))!;
      expect(theirs).toMatchObject({ client_id: 'theirs', client_name: 'Café' });

      await state.put('ours', { ...theirs, client_id: 'ours' }, { collection: CLIENTS });
      expect(await state.take('theirs', { collection: CLIENTS })).toEqual(theirs);
      const known = await fastMcp(`
found = [await proxy.get_client(name) for name in ["ours", "theirs"]]
return [client and client.client_name for client in found]`);
      expect(known).toEqual(['Café', null]);
    }, 60_000);
  });
});

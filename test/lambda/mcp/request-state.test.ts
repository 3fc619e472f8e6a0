import type { AuthInfo, ServerContext } from '@modelcontextprotocol/server';
import { randomBytes } from 'node:crypto';

import { requestStateCodec } from '../../../lambda/mcp/request-state.ts';

const ring = (...keys: Uint8Array[]) => ({ keys: () => Promise.resolve(keys) });
const [one, two, three] = [randomBytes(32), randomBytes(32), randomBytes(32)];

function context(caller?: Partial<AuthInfo>, method = 'tools/call'): ServerContext {
  return { mcpReq: { method }, http: { authInfo: caller } } as unknown as ServerContext;
}
const alice = { token: 'a', clientId: 'app', extra: { iss: 'https://idp.example', sub: 'alice' } };

test('round trip', async () => {
  const codec = requestStateCodec<{ n: number }>(ring(one), 'server');
  const state = await codec.mint({ n: 1 }, context(alice));
  expect(await codec.verify(state, context(alice))).toEqual({ n: 1 });
});

test('the caller is the same after the token was refreshed', async () => {
  const codec = requestStateCodec(ring(one), 'server');
  const state = await codec.mint('x', context(alice));
  expect(await codec.verify(state, context({ ...alice, token: 'another' }))).toBe('x');
});

test.each([
  ['another person', { ...alice, extra: { ...alice.extra, sub: 'bob' } }, 'tools/call', 'server'],
  [
    'the same name at another issuer',
    { ...alice, extra: { ...alice.extra, iss: 'https://evil.example' } },
    'tools/call',
    'server',
  ],
  ['another client', { ...alice, clientId: 'other' }, 'tools/call', 'server'],
  ['nobody', undefined, 'tools/call', 'server'],
  ['another method', alice, 'prompts/get', 'server'],
  ['another server with the same keys', alice, 'tools/call', 'other'],
])('refuses it from %s', async (_, caller, method, server) => {
  const state = await requestStateCodec(ring(one), 'server').mint('x', context(alice));
  await expect(requestStateCodec(ring(one), server).verify(state, context(caller, method))).rejects.toThrow('bind');
});

test('what the author binds is bound as well', async () => {
  let round = 'first';
  const codec = requestStateCodec(ring(one), 'server', { bind: () => round });
  const state = await codec.mint('x', context());
  round = 'second';
  await expect(codec.verify(state, context())).rejects.toThrow('bind');
});

test('keys rotate: the first signs, all verify, and a key that is gone refuses', async () => {
  const before = await requestStateCodec(ring(one), 'server').mint('x', context());
  const rotated = requestStateCodec<string>(ring(two, one), 'server');
  expect(await rotated.verify(before, context())).toBe('x');
  const after = await rotated.mint('y', context());
  expect(await requestStateCodec(ring(two), 'server').verify(after, context())).toBe('y');
  await expect(requestStateCodec(ring(three, two), 'server').verify(before, context())).rejects.toThrow('mac');
});

test('refuses what was changed, has expired, or is none', async () => {
  const codec = requestStateCodec(ring(one, two), 'server', { ttlSeconds: 1 });
  const state = await codec.mint('x', context());
  await expect(codec.verify(`${state}x`, context())).rejects.toThrow();
  await expect(codec.verify('rubbish', context())).rejects.toThrow('malformed');
  jest.useFakeTimers({ now: Date.now() + 3000 });
  try {
    await expect(codec.verify(state, context())).rejects.toThrow('expired');
  } finally {
    jest.useRealTimers();
  }
});

test('a lifetime that cannot be is refused', () => {
  expect(() => requestStateCodec(ring(one), 'server', { ttlSeconds: 0 })).toThrow('ttlSeconds of a request state is 0');
});

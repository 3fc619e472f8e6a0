import { VerifiedTokens } from '../../../lambda/auth/verified-tokens.ts';
import type { VerifiedToken } from '../../../lambda/auth/verified-tokens.ts';

const START = 1_800_000_000_000;
const verified = (expiresAt: number): VerifiedToken => ({ clientId: 'c', subject: 's', scopes: [], expiresAt });

describe('verified tokens', () => {
  test('are remembered for a minute', () => {
    let now = START;
    const tokens = new VerifiedTokens(10, () => now);
    tokens.add('t', verified(START / 1000 + 3600));
    now += 59_999;
    expect(tokens.get('t')).toBeDefined();
    now += 1;
    expect(tokens.get('t')).toBeUndefined();
    expect(tokens.size).toBe(0);
  });

  test('are forgotten when they expire', () => {
    let now = START;
    const tokens = new VerifiedTokens(10, () => now);
    tokens.add('t', verified(START / 1000 + 5));
    now += 4_999;
    expect(tokens.get('t')).toBeDefined();
    now += 1;
    expect(tokens.get('t')).toBeUndefined();
  });

  test('are not kept when they have expired already', () => {
    const tokens = new VerifiedTokens(10, () => START);
    tokens.add('t', verified(START / 1000 - 30));
    expect(tokens.size).toBe(0);
  });

  test('are forgotten when the clock is set back', () => {
    let now = START;
    const tokens = new VerifiedTokens(10, () => now);
    tokens.add('t', verified(START / 1000 + 3600));
    now -= 3600_000;
    expect(tokens.get('t')).toBeUndefined();
  });

  test('never exceed the capacity: the oldest goes first', () => {
    const tokens = new VerifiedTokens(3, () => START);
    for (const name of ['a', 'b', 'c', 'd', 'e']) tokens.add(name, verified(START / 1000 + 60));
    expect(tokens.size).toBe(3);
    expect(['a', 'b', 'c', 'd', 'e'].filter((name) => tokens.get(name))).toEqual(['c', 'd', 'e']);
  });

  test('tokens that differ in one letter are two tokens', () => {
    const tokens = new VerifiedTokens(3, () => START);
    tokens.add('token-a', verified(START / 1000 + 60));
    expect(tokens.get('token-b')).toBeUndefined();
    expect(tokens.get('token-a ')).toBeUndefined();
  });
});

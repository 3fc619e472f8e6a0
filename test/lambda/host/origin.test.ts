import { hostAllowed, originAllowed, LOOPBACK_NAMES } from '../../../lambda/host/origin.ts';

const OWN = 'https://mcp.example.com';

describe('originAllowed', () => {
  test.each([
    ['no page at all', undefined, []],
    ['an empty header', '', []],
    ['its own pages', OWN, []],
    ['a page that is allowed', 'https://app.example.com', ['https://app.example.com']],
    ['a page of a browser extension that is allowed', 'moz-extension://abc', ['moz-extension://abc']],
    ['pages on this machine', 'http://localhost:6274', []],
    ['pages on this machine, by number', 'http://127.0.0.1', []],
    ['pages on this machine, by number 6', 'http://[::1]:8080', []],
    ['any page, when that is wanted', 'https://anything.example', ['*']],
  ])('admits %s', (_, origin, allowed) => {
    expect(originAllowed(origin, OWN, allowed)).toBe(true);
  });

  test.each([
    ['the opaque origin', 'null', []],
    ['the opaque origin, even with *', 'null', ['*']],
    ['another page', 'https://evil.example.com', []],
    ['its own name over http', 'http://mcp.example.com', []],
    ['its own name on another port', 'https://mcp.example.com:8443', []],
    ['a name that begins like its own', 'https://mcp.example.com.evil.example', []],
    ['a name that begins like this machine', 'http://localhost.evil.example', []],
    ['this machine in the user part', 'http://localhost@evil.example', []],
    ['this machine over another scheme', 'ftp://localhost', []],
    ['an address that is no origin', 'http://localhost/path', []],
    ['two origins', 'http://localhost, http://evil.example', []],
    ['rubbish', '%%%', ['*']],
    ['another port of an allowed page', 'https://app.example.com:1', ['https://app.example.com']],
  ])('refuses %s', (_, origin, allowed) => {
    expect(originAllowed(origin, OWN, allowed)).toBe(false);
  });
});

describe('hostAllowed', () => {
  test.each(['localhost', 'localhost:3000', '127.0.0.1:1', '[::1]:3000', 'LOCALHOST'])('admits %s', (host) => {
    expect(hostAllowed(host, LOOPBACK_NAMES)).toBe(true);
  });

  test.each([
    undefined,
    '',
    'evil.example.com',
    'localhost.evil.example',
    'localhost@evil.example',
    '127.0.0.1.nip.io',
    '0.0.0.0',
    'a b',
  ])('refuses %s', (host) => {
    expect(hostAllowed(host, LOOPBACK_NAMES)).toBe(false);
  });
});

import { clientFault, errorFields } from '../../../lambda/log/error-fields.ts';
import { redact } from '../../../lambda/log/redact.ts';
import { structuredLog } from '../../../lambda/log/structured-log.ts';

describe('redact', () => {
  test('hides what is named like a credential, cuts what is long, and leaves objects out', () => {
    const fields = {
      authorization: 'Bearer x',
      accessToken: 'x',
      api_key: 'x',
      n: 1,
      ok: true,
      long: 'x'.repeat(1000),
      gone: undefined,
    };
    expect(redact({ ...fields, object: { secret: 1 } as unknown as string })).toEqual({
      authorization: '[hidden]',
      accessToken: '[hidden]',
      api_key: '[hidden]',
      n: 1,
      ok: true,
      long: `${'x'.repeat(300)}…`,
    });
  });
});

describe('errorFields', () => {
  test('tells the kind, the code and the place of an error, not its message', () => {
    const error = Object.assign(new RangeError('the token is abc\n    at secret (/etc/passwd:1:1)'), { code: 'E1' });
    const fields = errorFields(error);
    expect(fields).toMatchObject({ kind: 'RangeError', code: 'E1' });
    expect(fields.at).toContain('log.test.ts');
    expect(JSON.stringify(fields)).not.toMatch(/abc|passwd/);
  });

  test('leaves out a name or a code that may be a value', () => {
    const named = Object.assign(new Error('x'), { name: 'User ann@example.com', code: 'eyJhbGciOi.secret' });
    expect(errorFields(named)).toMatchObject({ kind: 'Error', code: undefined });
    const plain = Object.assign(new Error('x'), { name: 'ThrottlingException', code: 'ERR_HTTP2_STREAM_CANCEL' });
    expect(errorFields(plain)).toMatchObject({ kind: 'ThrottlingException', code: 'ERR_HTTP2_STREAM_CANCEL' });
    expect(errorFields(Object.assign(new Error('x'), { code: 404 })).code).toBe(404);
  });

  test('takes whatever is thrown', () => {
    expect(errorFields('a secret')).toEqual({ kind: 'string' });
    expect(errorFields(null)).toEqual({ kind: 'object' });
    expect(errorFields(Object.assign(new Error('x'), { stack: undefined })).at).toBeUndefined();
  });
});

describe('clientFault', () => {
  test.each([
    ['Rejected inbound request (header-body-version-mismatch): secret', 'header-body-version-mismatch'],
    ['Unsupported Media Type: Content-Type must be application/json', 'malformed-request'],
  ])('knows %s', (message, kind) => {
    expect(clientFault(new Error(message))).toBe(kind);
  });

  test('knows codes of JSON-RPC, and takes nothing else for a fault of the client', () => {
    expect(clientFault(Object.assign(new Error('x'), { code: -32022 }))).toBe('rpc-32022');
    expect(clientFault(Object.assign(new Error('x'), { code: -32603 }))).toBeUndefined();
    expect(clientFault(new TypeError('x'))).toBeUndefined();
  });
});

describe('structuredLog', () => {
  test('keeps the order of lines while its sink opens, and after', async () => {
    const lines: string[] = [];
    const write = (message: string): void => void lines.push(message);
    let opened = 0;
    const log = structuredLog({
      serverName: 'x',
      sink: async () => {
        opened += 1;
        await new Promise((resolve) => setImmediate(resolve));
        return { debug: write, info: write, warn: write, error: write };
      },
    });
    expect(opened).toBe(0);
    log.info('1');
    log.error('2');
    await log.flush();
    log.warn('3');
    expect(lines).toEqual(['1', '2', '3']);
  });

  test('a sink that fails ends nothing', async () => {
    const log = structuredLog({ serverName: 'x', sink: () => Promise.reject(new Error('no')) });
    log.info('1');
    await expect(log.flush()).resolves.toBeUndefined();
  });

  test('writes JSON with the name of the server', async () => {
    const written = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const stdout = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const stderr = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const log = structuredLog({ serverName: 'weather' });
    log.warn('hello', { n: 1, token: 'x' });
    await log.flush();
    const text = [written, stdout, stderr].flatMap((spy) => spy.mock.calls.map(([line]) => String(line))).join('');
    jest.restoreAllMocks();
    expect(JSON.parse(text)).toMatchObject({
      level: 'WARN',
      message: 'hello',
      service: 'weather',
      n: 1,
      token: '[hidden]',
    });
  });
});

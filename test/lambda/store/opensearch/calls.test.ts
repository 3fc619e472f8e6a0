import { StoreUnavailableError } from '../../../../lambda/store/errors.ts';
import { Calls } from '../../../../lambda/store/opensearch/calls.ts';
import { LIMITS } from '../../../../lambda/store/opensearch/limits.ts';
import type { Answer, Wire } from '../../../../lambda/store/opensearch/wire.ts';

const never = <T>(): Promise<T> => new Promise<T>(() => undefined);
const wire = (answer: Answer): Wire => ({ send: () => Promise.resolve(answer), close: () => undefined });
const faultOf = (calls: Calls): Promise<unknown> =>
  calls
    .call('get', { method: 'GET', path: '/i' }, () => false)
    .then(
      () => undefined,
      (error: unknown) => error,
    );

describe('a call ends in time', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  test('when credentials do not come', async () => {
    const credentials = { get: never<never>, renew: never<never> };
    const connect = (): Promise<Wire> => Promise.resolve(wire({ status: 200, body: {} }));
    const fault = faultOf(new Calls({ connect, product: 'OpenSearch', credentials }));
    await jest.advanceTimersByTimeAsync(LIMITS.CALL_MS);
    await expect(Promise.race([fault, Promise.resolve('still waiting')])).resolves.toBeInstanceOf(
      StoreUnavailableError,
    );
  });

  test('when they were refused, and newer ones do not come', async () => {
    const credentials = { get: () => Promise.resolve({ apiKey: 'old' }), renew: never<never> };
    const connect = (): Promise<Wire> => Promise.resolve(wire({ status: 401, body: {} }));
    const fault = faultOf(new Calls({ connect, product: 'OpenSearch', credentials }));
    await jest.advanceTimersByTimeAsync(LIMITS.CALL_MS);
    await expect(Promise.race([fault, Promise.resolve('still waiting')])).resolves.toBeInstanceOf(
      StoreUnavailableError,
    );
  });
});

import type { StoreError } from '../../lambda/store/errors.ts';

/** The error of a call to a store that must fail. */
export function faultOf(call: Promise<unknown>): Promise<StoreError> {
  return call.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as StoreError,
  );
}

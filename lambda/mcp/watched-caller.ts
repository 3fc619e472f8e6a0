import type { AuthInfo } from '@modelcontextprotocol/server';

/** The caller, for handlers of lists: reading anything of it makes the answer this caller's alone. */
export function watchedCaller(caller: AuthInfo, read: () => void): AuthInfo {
  return new Proxy(caller, {
    get: (target, name) => {
      read();
      return Reflect.get(target, name) as unknown;
    },
    ownKeys: (target) => {
      read();
      return Reflect.ownKeys(target);
    },
  });
}

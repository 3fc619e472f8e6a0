/**
 * Every command that the Redis adapter sends and the server checks, in the form of an access list: `+get`, `+cluster|slots`.
 * Sorted. `hello` and `auth` are not in it: servers allow them to everybody. A database other than 0 needs `select` too.
 *
 * - `get`, `set`, `getdel`, `mget`: what reading, writing and deleting are
 * - `eval`, `evalsha`: the atomic verbs, whose scripts call `get`, `set` and `getdel` on the one key that they are given
 * - `cluster|slots`, `asking`: which node of a cluster has a key, and a key that is just moving to another node
 */
export const REDIS_COMMANDS: readonly string[] = [
  'asking',
  'cluster|slots',
  'eval',
  'evalsha',
  'get',
  'getdel',
  'mget',
  'set',
];

import { createHash } from 'node:crypto';

import { SUFFIX_LENGTH, TAKEN, TAKEN_END } from './tombstone.ts';

/** A script of the server, which touches the one key that it is given. */
export interface Script {
  readonly text: string;
  /** By which the server knows it, once it has run. */
  readonly sha: string;
}

/**
 * Hands the entry out and leaves a tombstone in its place: to a repetition of the same call, which has the same mark, it
 * hands it out again. A server that is full has no room for a tombstone and deletes instead. Blanks behind an entry, as
 * `redis-cli -x` leaves them, go.
 *
 * ARGV: mark, milliseconds that the tombstone stays.
 */
export const TAKE = script(`
local v = redis.call('GET', KEYS[1])
if not v then return false end
local head = #v - ${SUFFIX_LENGTH}
if string.sub(v, head + 1, head + ${TAKEN.length}) == '${TAKEN}' and string.sub(v, -2) == '${TAKEN_END}' then
  if string.sub(v, head + ${TAKEN.length + 1}, -3) ~= ARGV[1] then return false end
  return string.sub(v, 1, head) .. '}'
end
if string.sub(v, -1) ~= '}' then
  local entry = string.match(v, '^(.*})%s+$')
  if not entry then return v end
  v = entry
end
local set = redis.pcall('SET', KEYS[1], string.sub(v, 1, -2) .. '${TAKEN}' .. ARGV[1] .. '${TAKEN_END}', 'PX', ARGV[2])
if type(set) == 'table' and set.err then
  if not string.find(set.err, 'OOM', 1, true) then return set end
  redis.call('GETDEL', KEYS[1])
end
return v
`);

/**
 * Writes when the stored bytes have a certain SHA-1, or when nothing is stored and that is allowed. Bytes that are what would
 * be written have been written by an earlier attempt of the same call.
 *
 * ARGV: what to write, seconds to live or nothing, SHA-1 of what may be replaced or nothing, `1` when there may be nothing.
 * Answers 1, or what is there instead.
 */
export const WRITE_IF = script(`
local v = redis.call('GET', KEYS[1])
if v == ARGV[1] then return 1 end
if v and redis.sha1hex(v) ~= ARGV[3] then return v end
if not v and ARGV[4] ~= '1' then return false end
if ARGV[2] == '' then redis.call('SET', KEYS[1], ARGV[1])
else redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2]) end
return 1
`);

function script(source: string): Script {
  const text = source.trim();
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

import { CorruptEntryError } from '../errors.ts';
import type { JsonObject, JsonValue } from '../key-value-store.ts';

/** A value ready to be sent: whole numbers beyond 32 bits as `bigint`, which becomes a 64-bit integer. */
export type BsonValue = null | boolean | number | bigint | string | BsonValue[] | { [name: string]: BsonValue };

/** What became of a value. */
export interface NativeForm {
  readonly value: BsonValue;
  /** Whether a member is named `$…` or has a dot in its name, which some servers refuse. */
  readonly doubtful: boolean;
}

/** MongoDB takes 100 levels, the document and the members around the value included. */
const MAX_LEVELS = 90;
const HALF_A_PAIR = /\p{Surrogate}/u;
/** Members by which drivers, ours and Python's, take an object for something else, and what no name may hold. */
const IMPOSSIBLE = /^(?:_bsontype|\$ref)$|\0/;
const DOUBTFUL = /^\$|\./;

/**
 * A value of JSON as BSON holds it, or `undefined` when it cannot: a name with NUL, half a surrogate pair, more than 90
 * levels, or members that drivers take for a reference to a document.
 */
export function toNative(json: string): NativeForm | undefined {
  let doubtful = false;
  const convert = (value: JsonValue, level: number): BsonValue | undefined => {
    if (typeof value === 'string') return HALF_A_PAIR.test(value) ? undefined : value;
    if (typeof value === 'number') return isLongInteger(value) ? BigInt(value) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (level > MAX_LEVELS) return undefined;
    const container = value as unknown as Record<string, BsonValue>; // lists too: their names are their indexes
    for (const name of Object.keys(value)) {
      if (!Array.isArray(value)) {
        if (IMPOSSIBLE.test(name) || HALF_A_PAIR.test(name)) return undefined;
        doubtful ||= DOUBTFUL.test(name);
      }
      const member = (value as unknown as Record<string, JsonValue>)[name] as JsonValue;
      const converted = convert(member, level + 1);
      if (converted === undefined) return undefined;
      if (converted !== member) container[name] = converted; // an own member, though it be __proto__
    }
    return container;
  };
  const value = convert(JSON.parse(json) as JsonValue, 1);
  return value === undefined ? undefined : { value, doubtful };
}

/**
 * What BSON held, as JSON. The argument stays as it is.
 *
 * @throws {CorruptEntryError} when it is nothing that JSON has: a date, NaN, an identifier
 */
export function fromNative(value: unknown): JsonObject {
  const read = toJson(value);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new CorruptEntryError('its value is not an object');
  }
  return read as JsonObject;
}

function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw new CorruptEntryError('its value holds NaN or Infinity, which is no JSON');
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return itemsToJson(value);
      return isPlain(value) ? membersToJson(value) : specialToJson(value);
    default:
      throw new CorruptEntryError(`its value holds ${typeof value}, which is no JSON`);
  }
}

function itemsToJson(list: readonly unknown[]): JsonValue {
  let copy: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const read = toJson(list[index]);
    if (read !== list[index]) (copy ??= [...list])[index] = read;
  }
  return (copy ?? list) as JsonValue;
}

function membersToJson(members: Record<string, unknown>): JsonObject {
  let copy: Record<string, unknown> | undefined;
  for (const name of Object.keys(members)) {
    const read = toJson(members[name]);
    if (read !== members[name]) (copy ??= { ...members })[name] = read; // an own member, though it be __proto__
  }
  return (copy ?? members) as JsonObject;
}

/** An object of the driver's. */
interface Special {
  readonly _bsontype?: unknown;
  valueOf(): unknown;
  toNumber?(): number;
  toJSON?(): unknown;
}

function specialToJson(value: Special): JsonValue {
  switch (value._bsontype) {
    case 'Long':
      return value.toNumber?.() ?? null; // beyond 2^53 it is rounded, as JSON.parse does
    case 'Int32':
    case 'Double':
      return toJson(value.valueOf());
    case 'DBRef':
      return referenceToJson(value);
    default:
      throw new CorruptEntryError('its value holds a type of BSON that JSON lacks');
  }
}

/** An object with `$ref` and `$id`, which the driver takes for a reference to a document. */
function referenceToJson(value: Special): JsonValue {
  const { $ref, $id, $db, ...rest } = value.toJSON?.() as Record<string, unknown>;
  return membersToJson({ $ref, $id, ...($db === undefined || $db === '' ? {} : { $db }), ...rest });
}

function isLongInteger(value: number): boolean {
  return Number.isSafeInteger(value) && (value > 0x7fffffff || value < -0x80000000);
}

function isPlain(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

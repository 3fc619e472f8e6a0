import * as fc from 'fast-check';

import type { JsonObject, JsonValue } from '../../lambda/store/key-value-store.ts';

const text = fc.string({ unit: 'binary' }).filter((value) => value !== '__proto__');

/** Without -0 and whole floats, which JavaScript cannot tell from integers. */
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Number.isInteger(n));

const edges = fc.constantFrom<number>(
  ...[0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ...[5e-324, 1.7976931348623157e308 / 3, 0.1, 1e-7, -1.5],
);

const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.boolean(),
    fc.constant(null),
    number,
    edges,
    fc.maxSafeInteger(),
    text,
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(text, tie('json'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Values that both JavaScript and Python can hold: Unicode, nested, numbers at the edges. */
export const sharedValue: fc.Arbitrary<JsonObject> = fc.dictionary(text, json, {
  maxKeys: 6,
  noNullPrototype: true,
});

/** Keys that people use, and some that nobody should: URLs, Unicode, separators of every backend. */
export const sharedKey = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
  fc.webUrl({ withQueryParameters: true }),
  fc.uuid(),
  fc.constantFrom('a::b', 'a:b', 'tools/list', '///', '..', 'H_x', 'S_y', '{tag}', '$where', 'a.b'),
);

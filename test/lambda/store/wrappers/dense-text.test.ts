import * as fc from 'fast-check';

import { dumps } from '../../../../lambda/store/python-json.ts';
import { fromDenseText, toDenseText } from '../../../../lambda/store/wrappers/dense-text.ts';

test('any bytes come back, in 16 characters for 13 bytes, none of which JSON escapes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const text = toDenseText(bytes);
      expect(fromDenseText(text)).toEqual(Buffer.from(bytes));
      expect(text.length).toBeLessThanOrEqual(Math.ceil((bytes.length * 16) / 13));
      expect(text.length).toBeGreaterThanOrEqual(Math.floor((bytes.length * 16) / 13));
      expect(dumps(text)).toBe(`"${text}"`);
      expect(JSON.stringify(text)).toBe(`"${text}"`);
      expect(text).toMatch(/^[!-~]*$/);
    }),
    { numRuns: 2000 },
  );
});

test('all texts of one, two and three characters: each is refused, or the only one for its bytes', () => {
  const characters = Array.from({ length: 0x81 }, (_, code) => String.fromCharCode(code));
  const alphabet = characters.filter((character) => /[!-~]/.test(character) && !/["'\\]/.test(character));
  expect(alphabet).toHaveLength(91);
  let accepted = 0;
  const check = (text: string): void => {
    const bytes = fromDenseText(text);
    if (!bytes) return;
    accepted++;
    if (toDenseText(bytes) !== text) throw new Error(`a second text for the same bytes: ${text}`);
  };
  for (const a of characters) {
    check(a);
    for (const b of characters) check(a + b);
  }
  for (const a of alphabet) for (const b of alphabet) for (const c of characters) check(a + b + c);
  expect(accepted).toBe(2 ** 8 + 2 ** 16); // every byte, and every two of them
});

test.each(['a', '\u0141\u0141', 'AA A', 'AA"A', "AA'A", '\ud83d\ude00', '~~', 'AAA\u0100'])('%j is refused', (text) => {
  expect(fromDenseText(text)).toBeUndefined();
});

test('nothing is the text of nothing', () => {
  expect(toDenseText(new Uint8Array())).toBe('');
  expect(fromDenseText('')).toHaveLength(0);
});

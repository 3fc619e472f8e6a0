const ALPHABET = `${Array.from({ length: 0x7f - 0x20 }, (_, code) => String.fromCharCode(0x20 + code)).join('')}\n\u0000é\u0141`;

/**
 * Texts that differ from this one: every single letter replaced, left out, doubled and swapped with its neighbour; every
 * beginning and end; then random ones with several changes, until there are `count` different ones. The same in every run.
 */
export function mutations(text: string, count: number): Set<string> {
  const random = mulberry32(1);
  const below = (limit: number): number => Math.floor(random() * limit);
  const letter = (): string => ALPHABET[below(ALPHABET.length)] ?? 'A';
  const found = new Set<string>();
  for (let at = 0; at < text.length; at++) {
    found.add(text.slice(0, at) + letter() + text.slice(at + 1));
    found.add(text.slice(0, at) + text.slice(at + 1));
    found.add(text.slice(0, at) + (text[at] ?? '') + text.slice(at));
    found.add(text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2));
    found.add(text.slice(0, at));
    found.add(text.slice(at + 1));
  }
  // The last letters carry bits that decoding ignores: all letters there.
  for (const last of ALPHABET)
    for (const at of [1, 2, 3]) found.add(text.slice(0, -at) + last + text.slice(text.length - at + 1));
  found.delete(text);
  while (found.size < count) {
    const letters = Array.from(text);
    for (let change = below(4); change >= 0; change--) {
      const at = below(letters.length);
      const kind = below(3);
      if (kind === 0) letters[at] = letter();
      else if (kind === 1) letters.splice(at, 1 + below(3));
      else letters.splice(at, 0, letter());
    }
    const changed = letters.join('');
    if (changed !== text) found.add(changed);
  }
  return new Set([...found].slice(0, count));
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

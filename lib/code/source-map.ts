/** A source map, version 3: https://tc39.es/ecma426/ */
interface SourceMap {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/**
 * Leaves in a source map only what comes from the sources that are wanted; `undefined` when nothing does.
 *
 * Node reads and parses the maps of all modules that it loads, at once: a map of all dependencies costs a cold start
 * 20 ms. Frames of dependencies are shown by their position in the bundle instead.
 */
export function keepSources(text: string, wanted: (source: string) => boolean): string | undefined {
  const map = JSON.parse(text) as SourceMap;
  const sources = new Renumbering(map.sources, wanted);
  if (sources.kept === 0) return undefined;
  const names = new Renumbering(map.names, () => true);
  const lines = map.mappings.split(';').map(lineFilter(sources, names));
  // Node takes a segment without a source for one with a source when nothing follows it.
  const mappings = `${lines.join(';')};`;
  return JSON.stringify({ ...map, sources: sources.used, names: names.used, mappings });
}

/** Old indices to new ones, given out at the first use. */
class Renumbering {
  readonly used: string[] = [];
  readonly kept: number;
  private readonly wanted: boolean[];
  private readonly numbers = new Map<number, number>();
  private readonly items: readonly string[];

  constructor(items: readonly string[], wanted: (item: string) => boolean) {
    this.items = items;
    this.wanted = items.map(wanted);
    this.kept = this.wanted.filter(Boolean).length;
  }

  has(index: number): boolean {
    return this.wanted[index] ?? false;
  }

  of(index: number): number {
    let number = this.numbers.get(index);
    if (number === undefined) {
      number = this.used.push(this.items[index] ?? '') - 1;
      this.numbers.set(index, number);
    }
    return number;
  }
}

/** All numbers but the column are relative to the segment before, across lines, so one filter serves all lines in turn. */
function lineFilter(sources: Renumbering, names: Renumbering): (line: string) => string {
  const read = [0, 0, 0, 0, 0]; // column, source, line, column, name
  const written = [0, 0, 0, 0, 0];
  let inside = false; // over the ends of lines, as Node looks positions up
  return (line) => {
    read[0] = 0;
    written[0] = 0;
    const segments: string[] = [];
    for (const segment of line === '' ? [] : line.split(',')) {
      const deltas = decode(segment);
      deltas.forEach((delta, field) => (read[field] = (read[field] ?? 0) + delta));
      const [column = 0, source = 0, originalLine = 0, originalColumn = 0, name = 0] = read;
      const keep = deltas.length > 1 && sources.has(source);
      // One segment without a source ends what went before; more of them would say nothing.
      if (!keep && !inside) continue;
      inside = keep;
      const values = keep ? [column, sources.of(source), originalLine, originalColumn] : [column];
      if (keep && deltas.length > 4) values.push(names.of(name));
      segments.push(values.map((value, field) => encode(value - (written[field] ?? 0))).join(''));
      values.forEach((value, field) => (written[field] = value));
    }
    return segments.join(',');
  };
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function decode(segment: string): number[] {
  const values: number[] = [];
  let value = 0;
  let shift = 0;
  for (const character of segment) {
    const digit = DIGITS.indexOf(character);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    values.push(value & 1 ? -(value >>> 1) : value >>> 1);
    value = 0;
    shift = 0;
  }
  return values;
}

function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += DIGITS.charAt(rest > 0 ? digit | 32 : digit);
  } while (rest > 0);
  return text;
}
